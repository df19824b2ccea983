// One tool call, from its address to the function that makes it.
import { kindOf, loadFailed } from "../core/errors.js";
import { Kind } from "../core/kinds.js";
import { findAgent, madeAgents } from "./agents.js";
import { callArguments, runtimeContext } from "./context.js";
import { describeTool } from "./describe.js";
import { admitted, callSettingsOf, isGated } from "./gates.js";
import { readInput, schemaOf } from "./input.js";
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

function inputFor(tool, caller, input) {
  if (caller?.checksInput) return input;
  return caller?.read ? caller.read(schemaOf(tool), input) : readInput(tool, input);
}

// What the model is shown of an output, as the framework of the tool asks for it.
function showOf(tool, caller, input, given) {
  if (typeof tool.toModelOutput !== "function") return undefined;
  if (caller?.show) return (output) => caller.show(tool, output);
  return (output) => tool.toModelOutput({ toolCallId: given.options.toolCallId, input, output });
}

/**
 * Makes `prepare(envelope)`; `program` gives what the bundle exports, `incomplete` knows what a
 * load that failed halfway left out.
 */
export function createInvoke(program, incomplete) {
  async function find(envelope) {
    try {
      const agent = findAgent(program.exported(), program.globals, envelope.agent);
      const context = await runtimeContext(agent, envelope.context);
      const given = callArguments(context, envelope);
      Object.assign(given, { agent, key: envelope.tool, roots: program.exported() });
      const found = await findTool(agent, envelope.agent, envelope.tool, given.context);
      return { __proto__: null, given, ...found };
    } catch (error) {
      throw notMade(error, incomplete);
    }
  }

  /**
   * A promise of `{start, show}`: `start()` calls the tool as its framework does, and returns what it
   * returned; `show(output)`, where the tool has it, what the model is shown of that. Tools that check
   * inputs themselves get them unchanged: a schema with transforms would refuse its own output.
   */
  return async function prepare(envelope) {
    const { given, tool, caller } = await find(envelope);
    if (envelope.describe === true) return { __proto__: null, start: () => describeTool(tool) };
    let input = await inputFor(tool, caller, envelope.input);
    const settings = callSettingsOf(given.agent);
    if (!caller?.admits && isGated(tool, settings)) input = await admitted({ key: given.key, tool, input, given, settings });
    const start = () => (caller ? caller.call(tool, input, given) : tool.execute(input, given.options));
    return { __proto__: null, start, show: showOf(tool, caller, input, given) };
  };
}
