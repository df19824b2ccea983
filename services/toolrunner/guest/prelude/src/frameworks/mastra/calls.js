// Mastra's agents and tools: they keep their settings in private fields and expose methods. Before
// 1.0, a tool is called as `execute({context: input, runtimeContext, ...}, options)`; since then,
// as `execute(input, {requestContext, agent, ...})`.
import { invalidInput } from "../../core/errors.js";
import { isHolder, isObject, own, read } from "../../dispatch/names.js";

const MARK = Symbol.for("mastra.core.tool.Tool");

/** What tools read of a request: Mastra's RequestContext, RuntimeContext before 1.0. */
export class RequestContext extends Map {
  get all() {
    return Object.fromEntries(this);
  }
  toJSON() {
    return Object.fromEntries(this);
  }
}

const isMethod = (value, name) => typeof read(value, name) === "function";

/** Whether a value is an agent of Mastra. */
export function isMastraAgent(value) {
  return isMethod(value, "getInstructions") && (isMethod(value, "listTools") || isMethod(value, "getTools"));
}

/** A request context with these values. */
export const contextOf = (values) => new RequestContext(Object.entries(values));

/** The tools of an agent, as a function of the runtime context. */
export function mastraTools(agent) {
  return (context) => {
    const given = contextOf(context);
    const ask = isMethod(agent, "listTools") ? agent.listTools : agent.getTools;
    return ask.call(agent, { requestContext: given, runtimeContext: given });
  };
}

/** The agents of a `new Mastra({agents})`, by key; undefined for anything else. */
export function mastraAgentsOf(value) {
  if (!isMethod(value, "getAgent")) return undefined;
  const list = isMethod(value, "listAgents") ? value.listAgents : read(value, "getAgents");
  if (typeof list !== "function") return undefined;
  try {
    const agents = list.call(value);
    return isMethod(agents, "then") ? undefined : agents;
  } catch {
    return undefined;
  }
}

/** Whether a tool was made by Mastra's `createTool`, which checks inputs itself. */
export const isMastraTool = (tool) =>
  isHolder(tool) && "suspendSchema" in tool && "resumeSchema" in tool;

const isOfToday = (tool) => MARK in tool || Object.hasOwn(tool, "providerOptions");

// Mastra returns a refused input as a result; throw our own failure to distinguish it.
async function checked(returned) {
  const result = await returned;
  const isRefusal = isObject(result) && own(result, "error") === true && isObject(own(result, "validationErrors"));
  if (isRefusal && /^Tool (?:input )?validation failed/.test(`${result.message}`)) throw invalidInput(result.message);
  return result;
}

// Both forms of one call: the arguments of a current tool, and the envelope before 1.0.
function readings(input, { context, options }) {
  const requestContext = contextOf(context);
  const { toolCallId, messages, abortSignal } = options;
  const ids = { threadId: context.sessionId, resourceId: context.resourceId };
  const agent = { agentId: "", toolCallId, messages, ...ids };
  return {
    today: { requestContext, agent, abortSignal },
    envelope: { context: input, runtimeContext: requestContext, ...ids },
  };
}

/** Calls a tool that `createTool` made. */
export function callMastraTool(tool, input, given) {
  const { today, envelope } = readings(input, given);
  return checked(
    isOfToday(tool) ? tool.execute(input, today) : tool.execute(envelope, given.options),
  );
}

/**
 * Calls any other tool of a Mastra agent with an input that works as both: the input's own keys,
 * plus hidden `context` and the rest of the envelope.
 */
export function callAnyTool(tool, input, given) {
  if (!isObject(input)) return tool.execute(input, given.options);
  const { today, envelope } = readings(input, given);
  const both = { ...input };
  for (const key of Object.keys(envelope)) {
    if (Object.hasOwn(both, key)) continue;
    const value = envelope[key];
    Object.defineProperty(both, key, { value, writable: true, configurable: true });
  }
  const { requestContext } = today;
  return tool.execute(both, { ...given.options, ...today, runtimeContext: requestContext });
}
