// One tool call, from its address to what the tool returned, boxed as `{returned}`.
import { findAgent } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { describeTool } from "./describe.js";
import { readInput } from "./input.js";
import { callAnyTool, callMastraTool, isMastraAgent, isMastraTool } from "./mastra.js";
import { invokeTool, isInvoked } from "./openai-agents.js";
import { findTool } from "./tools.js";

// Calls a tool in its framework's way. Frameworks that check inputs themselves get them as they
// are: a schema that changes its input would refuse what it has changed already.
async function called({ tool, fromFactory }, agent, given, input) {
  const { context, options } = given;
  if (typeof tool.execute !== "function" && isInvoked(tool)) {
    return { __proto__: null, returned: invokeTool(tool, input, context, options) };
  }
  if (isMastraTool(tool)) return { __proto__: null, returned: callMastraTool(tool, input, given) };
  const checked = await readInput(tool, input);
  if (isMastraAgent(agent)) return { __proto__: null, returned: callAnyTool(tool, checked, given) };
  return { __proto__: null, returned: tool.execute(checked, fromFactory ? context : options) };
}

/** Makes `invoke(envelope)`; `program` gives what the bundle exports. */
export function createInvoke(program) {
  return async function invoke(envelope) {
    const agent = findAgent(program.exported(), program.globals, envelope.agent);
    const context = await runtimeContext(agent, envelope.context);
    const given = callArguments(context, envelope.toolCallId);
    const found = await findTool(agent, envelope.agent, envelope.tool, given.context);
    if (envelope.describe === true) return { __proto__: null, returned: describeTool(found.tool) };
    // Awaited here: a promise that is returned is resolved by its `then`, which a bundle may replace.
    return await called(found, agent, given, envelope.input);
  };
}
