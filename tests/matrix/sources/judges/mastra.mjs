import { cases } from "../cases.js";
import { mastraInput } from "../version.js";
import { jsonSchemaOf, parse } from "./schemas.mjs";
import { exported, modelName, texts } from "./settings.mjs";

// Mastra before 1.0 takes an envelope with `context`, today's the input itself.
const isEnvelope = mastraInput({ context: true }) === true;

function toolOf(key, tool) {
  return {
    description: tool.description,
    inputSchema: jsonSchemaOf(tool.inputSchema),
    cases: cases[key],
    validate: (input) => parse(tool.inputSchema, input),
    run: (input) => (isEnvelope ? tool.execute({ context: input }) : tool.execute(input, {})),
  };
}

async function modelsOf(agent) {
  const list = await agent.getModelList();
  if (list === null) return [modelName(await agent.getModel())];
  return list.filter((each) => each.enabled).map((each) => modelName(each.model));
}

export async function read(load) {
  const agents = {};
  for (const [key, agent] of exported(await load())) {
    const options = await (agent.getDefaultOptions?.() ?? agent.getDefaultVNextStreamOptions());
    const { maxSteps, toolChoice, modelSettings, ...others } = options;
    const [model, ...fallbackModels] = await modelsOf(agent);
    const tools = await (agent.listTools?.() ?? agent.getTools());
    agents[key] = {
      name: agent.name,
      description: agent.getDescription(),
      system: texts(await agent.getInstructions()),
      model,
      fallbackModels,
      settings: { ...(agent.maxRetries ? { maxRetries: agent.maxRetries } : {}), ...modelSettings, ...others },
      maxSteps: maxSteps ?? null,
      toolChoice: toolChoice ?? null,
      tools: Object.fromEntries(Object.entries(tools).map(([id, tool]) => [id, toolOf(id, tool)])),
    };
  }
  return agents;
}
