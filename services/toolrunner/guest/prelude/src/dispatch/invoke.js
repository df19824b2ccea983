// One tool call, from its address to the function that makes it.
import { kindOf, loadFailed } from "../core/errors.js";
import { Kind } from "../core/kinds.js";
import { NativePromise } from "../core/primordials.js";
import { findAgent, madeAgents } from "./agents.js";
import { Given, runtimeContext } from "./context.js";
import { schemaOf } from "./declared-schema.js";
import { describeTool } from "./describe.js";
import { admitted, isGated } from "./gates.js";
import { askHook } from "./hooks.js";
import { parsed } from "./input.js";
import { describeAgent } from "./parts.js";
import { findTool } from "./tools.js";
import { NOT_CHANGED, USES_UNMADE } from "./unusable.js";

const { getPrototypeOf } = Object;
const PromisePrototype = NativePromise.prototype;

// Waiting for what is there costs more than all else that a call does here. Any object may have a `then`.
const isPromise = (value) => getPrototypeOf(value) === PromisePrototype;

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
    const made = madeAgents(program.exported(), program.globals());
    const unusable = made.map(({ key, agent }) => unusableOf(key, agent));
    const agents = made.map(({ key, tools }, i) => ({ key, tools: usable(tools, unusable[i]) }));
    return { agents, unusable: unusable.flat() };
  } catch {
    return { agents: [], unusable: [] };
  }
}

function inputFor(tool, caller, input) {
  if (caller?.checksInput) return { value: input };
  return caller?.read ? caller.read(schemaOf(tool), input) : parsed(schemaOf(tool), input);
}

// What the model is shown of an output, as the framework of the tool asks for it.
function showOf(tool, caller, input, given) {
  if (caller?.show) return caller.show(tool);
  if (typeof tool.toModelOutput !== "function") return undefined;
  return (output) => tool.toModelOutput({ toolCallId: given.toolCallId, input, output });
}

/**
 * Makes `prepare(envelope)`; `program` gives what the bundle exports, `incomplete` knows what a
 * load that failed halfway left out, `faultOfTool(tool)` what of that a tool leans on,
 * `explain(error)` gives the text of what was thrown, and `whyAtLoad()` what may explain that the
 * load made too little.
 */
export function createInvoke(program, incomplete, faultOfTool, explain, whyAtLoad) {
  function refuseDoubted(value, name, fault = incomplete.faultOf(value)) {
    if (fault?.reason !== NOT_CHANGED) return;
    const why = incomplete.doubtText(fault.fault);
    throw loadFailed(`${name()} does not count as made: ${why}`);
  }

  function givenOf(agent, envelope) {
    refuseDoubted(agent, () => `agent "${envelope.agent}"`);
    const made = runtimeContext(agent, envelope.context);
    return isPromise(made) ? made.then((context) => new Given(context, envelope, agent)) : new Given(made, envelope, agent);
  }

  async function givenOfMade(making, envelope) {
    const { agent } = await making;
    return givenOf(agent, envelope);
  }

  // What is given to the call, or a promise of it.
  function givenFor(envelope) {
    const found = findAgent(program.exported(), program.globals, envelope.agent, whyAtLoad);
    return found.agent === undefined ? givenOfMade(found, envelope) : givenOf(found.agent, envelope);
  }

  async function find(envelope) {
    try {
      const asked = givenFor(envelope);
      const given = isPromise(asked) ? await asked : asked;
      const found = findTool(given, envelope.agent, envelope.member === "inputSchema");
      const { declared, tool, caller } = isPromise(found) ? await found : found;
      const name = () => `tool "${envelope.tool}" of agent "${envelope.agent}"`;
      refuseDoubted(declared, name);
      if (incomplete.any()) refuseDoubted(tool, name, faultOfTool(tool));
      return { __proto__: null, given, tool, caller };
    } catch (error) {
      throw notMade(error, incomplete);
    }
  }

  async function ofAgent(envelope) {
    try {
      const given = await givenFor(envelope);
      const { member, input, again } = envelope;
      const start = member === "hook"
        ? () => askHook(given.agent, input, given, () => again().input[1])
        : () => describeAgent(given.agent, input, given, explain);
      return { __proto__: null, start };
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
    if (envelope.member === "agent" || envelope.member === "hook") return ofAgent(envelope);
    const { given, tool, caller } = await find(envelope);
    if (envelope.member === "inputSchema") return { __proto__: null, start: () => describeTool(tool) };
    const read = inputFor(tool, caller, envelope.input);
    let { value } = isPromise(read) ? await read : read;
    const isSilent = caller?.agentIsSilent === true;
    if (!caller?.admits && isGated(tool, given.agent, isSilent)) value = await admitted(tool, value, given, isSilent);
    const start = () => (caller ? caller.call(tool, value, given) : tool.execute(value, given.options));
    return { __proto__: null, start, show: showOf(tool, caller, value, given) };
  };
}
