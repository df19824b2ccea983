import { Agent, getHandoff, RunContext } from "@openai/agents";
import { cases } from "../cases.js";
import * as schemas from "../openai_agents/schemas.js";
import { jsonSchemaOf, parse } from "./schemas.mjs";
import { exported, texts } from "./settings.mjs";

// The SDK's tools do not tell which of them are agents: note it while the project makes them.
const madeOf = new Map();
const { asTool } = Agent.prototype;
Agent.prototype.asTool = function (options) {
  const tool = asTool.call(this, options);
  madeOf.set(tool, this);
  return tool;
};

const sourceNames = { schedule_days: "schedule" };

function toolOf(tool) {
  const schema = schemas[sourceNames[tool.name] ?? tool.name];
  const isZod = typeof schema.safeParse === "function";
  return {
    description: tool.description,
    // The SDK keeps its strict form only; the schema of the source says what the tool takes.
    inputSchema: isZod ? jsonSchemaOf(schema) : tool.parameters,
    cases: cases[tool.name],
    validate: (input) => (isZod ? parse(schema, input) : { success: true }),
    answersInvalid: true, // the SDK checks by itself, and tells the model what is wrong
    run: (input) => tool.invoke(new RunContext(), JSON.stringify(input)),
  };
}

const keyOf = (agents, agent) =>
  [...agents].find(([, exported]) => exported === agent)?.[0] ?? "";

function handoffOf(agents, each) {
  const { agent, agentName, toolName, toolDescription } = getHandoff(each);
  return {
    agent: keyOf(agents, agent),
    name: agentName,
    tool: toolName,
    description: toolDescription,
  };
}

function agentToolOf(agents, tool) {
  const agent = madeOf.get(tool);
  return {
    agent: keyOf(agents, agent),
    name: agent.name,
    tool: tool.name,
    description: tool.description,
  };
}

// Where a project gives no settings, today's SDK takes some that it keeps for the model's name:
// its defaults, not the project's.
const settingsOf = (agent) =>
  agent._modelSettingsExplicitlyConfigured === false ? {} : agent.modelSettings;

export async function read(load) {
  const agents = {};
  const all = exported(await load());
  for (const [key, agent] of all) {
    const { toolChoice, maxTokens, ...settings } = settingsOf(agent);
    const isAgent = (tool) => madeOf.has(tool);
    agents[key] = {
      name: agent.name,
      description: agent.handoffDescription,
      system: texts(agent.instructions),
      model: agent.model,
      settings: { ...settings, ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }) },
      maxSteps: null,
      toolChoice: toolChoice ?? null,
      outputSchema: agent.outputType === "text" ? null : jsonSchemaOf(agent.outputType),
      handoffs: agent.handoffs.map((each) => handoffOf(all, each)),
      agentTools: agent.tools.filter(isAgent).map((tool) => agentToolOf(all, tool)),
      tools: Object.fromEntries(
        agent.tools.filter((tool) => !isAgent(tool)).map((tool) => [tool.name, toolOf(tool)]),
      ),
    };
  }
  return agents;
}
