// One tool call, from its address to what the tool returned, boxed as `{returned}`.
import { findAgent } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { readInput } from "./input.js";
import { findTool } from "./tools.js";

/** Makes `invoke(envelope)`; `program` gives what the bundle exports. */
export function createInvoke(program) {
  return async function invoke(envelope) {
    const agent = findAgent(program.exported(), program.globals, envelope.agent);
    const context = await runtimeContext(agent, envelope.context);
    const { context: given, options } = callArguments(context, envelope.toolCallId);
    const { tool, fromFactory } = await findTool(agent, envelope.agent, envelope.tool, given);
    const input = await readInput(tool, envelope.input);
    const returned = tool.execute(input, fromFactory ? given : options);
    return { __proto__: null, returned };
  };
}
