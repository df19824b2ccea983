import { cases } from "../cases.js";
import { jsonSchemaOf, parse } from "./schemas.mjs";
import { modelName, plainSettings, stepsOf, texts } from "./settings.mjs";

const SESSION = { sessionId: "session-1", resourceId: "resource-1" };

function toolOf(key, factory, made) {
  const context = { ...SESSION, ...made };
  const { description, inputSchema } = factory(context);
  return {
    description,
    inputSchema: jsonSchemaOf(inputSchema),
    cases: cases[key],
    validate: (input) => parse(inputSchema, input),
    run: (_input, value) => factory(context).execute(value),
  };
}

export async function read(load) {
  const project = (await load()).default;
  const agents = {};
  for (const [key, agent] of Object.entries(project.getAgents())) {
    const { name, system, tools, createRuntimeContext } = agent.lightfastConfig;
    const settings = agent.vercelConfig;
    const made = createRuntimeContext?.(SESSION) ?? {};
    agents[key] = {
      name,
      system: texts(system),
      model: modelName(settings.model),
      settings: plainSettings(settings),
      maxSteps: await stepsOf(settings),
      toolChoice: settings.toolChoice ?? null,
      tools: Object.fromEntries(
        Object.entries(tools).map(([id, tool]) => [id, toolOf(id, tool, made)]),
      ),
    };
  }
  return agents;
}
