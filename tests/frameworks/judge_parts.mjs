// What the frameworks themselves make of the agents of a bundle, for one context.
// Arguments: the bundle, the framework's name, the context as JSON.
import { pathToFileURL } from "node:url";

const [, , bundle, framework, contextJson] = process.argv;
const context = JSON.parse(contextJson);
const texts = (value) =>
  [value].flat().map((each) => (typeof each === "string" ? each : each.content));

const JUDGES = {
  async dynamic_openai_agents(agent) {
    const run = { context };
    const tools = [];
    for (const tool of agent.tools) if (await tool.isEnabled(run, agent)) tools.push([tool.name, tool.description]);
    return { instructions: texts(await agent.getSystemPrompt(run)), model: agent.model, tools };
  },
  async dynamic_mastra(agent) {
    const given = new Map(Object.entries(context));
    const asked = { requestContext: given, runtimeContext: given };
    const tools = await (agent.listTools ?? agent.getTools).call(agent, asked);
    return {
      instructions: texts(await agent.getInstructions(asked)),
      model: (await agent.getModel(asked)).modelId,
      tools: Object.entries(tools).map(([key, tool]) => [key, tool.description]),
    };
  },
  async dynamic_ai_sdk(agent) {
    const call = await agent.prepareCall({ prompt: "x" });
    return {
      instructions: texts(call.instructions ?? call.system),
      model: call.model.modelId ?? call.model,
      tools: Object.entries(call.tools ?? {}).map(([key, tool]) => [key, tool.description]),
    };
  },
};

const found = {};
for (const [key, agent] of Object.entries(await import(pathToFileURL(bundle)))) {
  try {
    found[key] = await JUDGES[framework](agent);
  } catch (error) {
    found[key] = { error: `${error.name}: ${error.message}` };
  }
}
console.log(JSON.stringify(found));
