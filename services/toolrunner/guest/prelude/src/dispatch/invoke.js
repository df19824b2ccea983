// One tool call, from its address to its return value, boxed as `{returned}`.
import { kindOf, loadFailed } from "../core/errors.js";
import { Kind } from "../core/kinds.js";
import { findAgent, madeAgents } from "./agents.js";
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

// What a load that failed halfway did not make is missing for that reason.
function notMade(error, incomplete) {
  const why = incomplete.why();
  if (why === "" || kindOf(error) !== Kind.TOOL_NOT_FOUND) return error;
  return loadFailed(`${error.message}: ${why}`);
}

/** Every agent that the program made; what fails on the way counts as none. */
export function agentsMadeBy(program) {
  try {
    return madeAgents([...program.exported(), ...program.globals()]);
  } catch {
    return [];
  }
}

/**
 * Makes `invoke(envelope)`; `program` gives what the bundle exports, `incomplete` knows what a
 * load that failed halfway left out.
 */
export function createInvoke(program, incomplete) {
  async function find(envelope) {
    try {
      const agent = findAgent(program.exported(), program.globals, envelope.agent);
      const context = await runtimeContext(agent, envelope.context);
      const given = callArguments(context, envelope.toolCallId);
      const found = await findTool(agent, envelope.agent, envelope.tool, given.context);
      return { __proto__: null, given, found };
    } catch (error) {
      throw notMade(error, incomplete);
    }
  }

  return async function invoke(envelope) {
    const { given, found } = await find(envelope);
    if (envelope.describe === true) return { __proto__: null, returned: describeTool(found.tool) };
    // Awaited here: returning a promise resolves it through `then`, which a bundle may replace.
    return await called(found, given, envelope.input);
  };
}
