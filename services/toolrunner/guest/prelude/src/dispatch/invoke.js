// One tool call, from its address to the function that makes it.
import { kindOf, loadFailed } from "../core/errors.js";
import { Kind } from "../core/kinds.js";
import { findAgent, madeAgents } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { describeTool } from "./describe.js";
import { readInput } from "./input.js";
import { findTool } from "./tools.js";
import { USES_UNMADE } from "./unusable.js";

// What a load that failed halfway did not make is missing for that reason.
function notMade(error, incomplete) {
  const why = incomplete.why();
  if (why === "" || kindOf(error) !== Kind.TOOL_NOT_FOUND) return error;
  return loadFailed(`${error.message}: ${why}`);
}

// Tools that lean on what was not made may be called.
function usable(tools, unusable) {
  const out = unusable.filter(({ reason }) => reason !== USES_UNMADE).map(({ tool }) => tool);
  return tools?.filter((key) => !out.includes(key) && !out.includes(""));
}

/**
 * Every agent that the program made, and what of them cannot be used by `unusableOf`; what fails on the
 * way counts as none.
 */
export function agentsMadeBy(program, unusableOf) {
  try {
    const made = madeAgents([...program.exported(), ...program.globals()]);
    const unusable = made.map(({ key, agent }) => unusableOf(key, agent));
    const agents = made.map(({ key, tools }, i) => ({ key, tools: usable(tools, unusable[i]) }));
    return { agents, unusable: unusable.flat() };
  } catch {
    return { agents: [], unusable: [] };
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
      const made = findAgent(program.exported(), program.globals, envelope.agent);
      const { agent } = made.agent === undefined ? await made : made;
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
