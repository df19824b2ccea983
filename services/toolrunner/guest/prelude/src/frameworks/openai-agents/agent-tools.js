// Agents of the OpenAI Agents SDK as tools: what `asTool` was given, which the executor asks around a call that it
// makes itself.
import { checkEnabled, checkPolicy } from "../../dispatch/approval.js";
import { Dishonoured, plainOf } from "../../dispatch/hook-values.js";
import { read } from "../../dispatch/names.js";
import { RunContext } from "./calls.js";
import { inputOf, itemsIn } from "./items.js";
import { runItem } from "./run-items.js";

const options = new WeakMap();

/** Remember what a tool was made with by `asTool`. */
export function keepOptions(tool, given) {
  options.set(tool, given);
  return tool;
}

function toolNamed(agent, name) {
  const tools = Array.isArray(agent.tools) ? agent.tools : [];
  const tool = tools.findLast((each) => read(each, "name") === name);
  if (tool === undefined) throw new Dishonoured(`the agent has no tool \`${name}\` now`);
  return tool;
}

function extractorOf(tool) {
  const extract = options.get(tool)?.customOutputExtractor;
  if (typeof extract === "function") return extract;
  throw new Dishonoured(
    "its `customOutputExtractor` is kept by the SDK's own code, which the bundle holds, and cannot be asked: leave `@openai/agents` an import",
  );
}

// All that may hold a call back, before anything of it happens.
async function begin(agent, tool, { gates, input, approved }, runContext) {
  await checkEnabled(tool.name, tool.isEnabled, runContext, agent);
  if (!approved && tool.needsApproval) await checkPolicy(tool.name, tool.needsApproval, runContext, input, "");
  if (gates.includes("customOutputExtractor")) extractorOf(tool);
  return {};
}

// The result of a run that is over.
function resultOf(agent, { text, messages, inputs, ...given }, runContext) {
  const items = messages.slice(inputs).flatMap(itemsIn);
  return {
    input: inputOf(messages.slice(0, inputs)),
    output: items,
    history: messages.flatMap(itemsIn),
    newItems: items.map((item) => runItem(item, agent, item.output?.text)),
    finalOutput: Object.hasOwn(given, "output") ? given.output : text,
    lastAgent: agent,
    interruptions: [],
    rawResponses: [],
    runContext,
  };
}

async function end(agent, tool, given, runContext) {
  const output = await extractorOf(tool)(resultOf(options.get(tool).agent, given, runContext));
  return output === undefined ? {} : { output: plainOf(output, "what its `customOutputExtractor` returns") };
}

/** What an agent says of another one that is its tool, before a call of it (`begin`) and after (`end`). */
export async function agentTool(agent, given, { context }) {
  const tool = toolNamed(agent, given.tool);
  const runContext = new RunContext(context);
  return given.stage === "begin" ? begin(agent, tool, given, runContext) : end(agent, tool, given, runContext);
}
