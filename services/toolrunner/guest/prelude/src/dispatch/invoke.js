// One tool call, from its address to the function that makes it.
import { kindOf, loadFailed } from "../core/errors.js";
import { Kind } from "../core/kinds.js";
import { findAgent, madeAgents } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { describeTool } from "./describe.js";
import { readInput } from "./input.js";
import { findTool } from "./tools.js";

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
 * Makes `prepare(envelope)`; `program` gives what the bundle exports, `incomplete` knows what a
 * load that failed halfway left out.
 */
export function createInvoke(program, incomplete) {
  function refuseDoubted(value, name) {
    const why = incomplete.doubtOf(value);
    if (why !== "") throw loadFailed(`${name} does not count as made: ${why}`);
  }

  async function find(envelope) {
    try {
      const agent = findAgent(program.exported(), program.globals, envelope.agent);
      refuseDoubted(agent, `agent "${envelope.agent}"`);
      const context = await runtimeContext(agent, envelope.context);
      const given = callArguments(context, envelope.toolCallId);
      const found = await findTool(agent, envelope.agent, envelope.tool, given.context);
      refuseDoubted(found.declared, `tool "${envelope.tool}" of agent "${envelope.agent}"`);
      refuseDoubted(found.tool, `tool "${envelope.tool}" of agent "${envelope.agent}"`);
      return { __proto__: null, given, ...found };
    } catch (error) {
      throw notMade(error, incomplete);
    }
  }

  /**
   * A promise of `{start}`: `start()` calls the tool as its framework does, and returns what it
   * returned. Tools that check inputs themselves get them unchanged: a schema with transforms would
   * refuse its own output.
   */
  return async function prepare(envelope) {
    const { given, tool, caller } = await find(envelope);
    if (envelope.describe === true) return { __proto__: null, start: () => describeTool(tool) };
    const input = caller?.checksInput ? envelope.input : await readInput(tool, envelope.input);
    const start = () => (caller ? caller.call(tool, input, given) : tool.execute(input, given.options));
    return { __proto__: null, start };
  };
}
