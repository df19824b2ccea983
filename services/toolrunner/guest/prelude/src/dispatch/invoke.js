// One tool call, from its address to what the tool returned.
import { findAgent } from "./agents.js";
import { callOptions, runtimeContext } from "./context.js";
import { readInput } from "./input.js";
import { findTool } from "./tools.js";

/** Makes `invoke(envelope)`; `program.roots()` are the exported values of the bundle. */
export function createInvoke(program) {
  return async function invoke(envelope) {
    const agent = findAgent(program.roots(), envelope.agent);
    const context = await runtimeContext(agent, envelope.context);
    const options = callOptions(context, envelope.toolCallId);
    const tool = await findTool(agent, envelope.agent, envelope.tool, options);
    const input = await readInput(tool, envelope.input);
    return tool.execute(input, options);
  };
}
