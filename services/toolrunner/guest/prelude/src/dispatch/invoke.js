// One tool call, from its address to its return value, boxed as `{returned}`.
import { findAgent } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { describeTool } from "./describe.js";
import { readInput } from "./input.js";
import { findTool } from "./tools.js";

// Calls a tool as its framework does. Tools that check inputs themselves get them unchanged: a
// schema with transforms would refuse its own output.
async function called({ tool, caller }, given, input) {
  const checked = caller?.checksInput ? input : await readInput(tool, input);
  const returned = caller ? caller.call(tool, checked, given) : tool.execute(checked, given.options);
  return { __proto__: null, returned };
}

/** Makes `invoke(envelope)`; `program` gives what the bundle exports. */
export function createInvoke(program) {
  return async function invoke(envelope) {
    const agent = findAgent(program.exported(), program.globals, envelope.agent);
    const context = await runtimeContext(agent, envelope.context);
    const given = callArguments(context, envelope.toolCallId);
    const found = await findTool(agent, envelope.agent, envelope.tool, given.context);
    if (envelope.describe === true) return { __proto__: null, returned: describeTool(found.tool) };
    // Awaited here: returning a promise resolves it through `then`, which a bundle may replace.
    return await called(found, given, envelope.input);
  };
}
