// One tool call, from its address to the function that makes it.
import { findAgent } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { describeTool } from "./describe.js";
import { readInput } from "./input.js";
import { findTool } from "./tools.js";

/** Makes `prepare(envelope)`; `program` gives what the bundle exports. */
export function createInvoke(program) {
  /**
   * A promise of `{start}`: `start()` calls the tool as its framework does, and returns what it
   * returned. Tools that check inputs themselves get them unchanged: a schema with transforms would
   * refuse its own output.
   */
  return async function prepare(envelope) {
    const agent = findAgent(program.exported(), program.globals, envelope.agent);
    const context = await runtimeContext(agent, envelope.context);
    const given = callArguments(context, envelope.toolCallId);
    const { tool, caller } = await findTool(agent, envelope.agent, envelope.tool, given.context);
    if (envelope.describe === true) return { __proto__: null, start: () => describeTool(tool) };
    const input = caller?.checksInput ? envelope.input : await readInput(tool, envelope.input);
    const start = () => (caller ? caller.call(tool, input, given) : tool.execute(input, given.options));
    return { __proto__: null, start };
  };
}
