// Mastra's agents and tools: they keep their settings in private fields and expose methods. Before
// 1.0, a tool is called as `execute({context: input, runtimeContext, ...}, options)`; since then,
// as `execute(input, {requestContext, agent, ...})`.
import { invalidInput, notApproved } from "../../core/errors.js";
import { contextError, outputError } from "../../dispatch/issues.js";
import { isHolder, isMethod, isObject, own, read } from "../../dispatch/names.js";
import { readMastraContext, readMastraOutput } from "./schemas.js";

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

// Mastra returns what it refuses as a result, together with what it refuses: throw a failure of our own,
// which shows nothing of an output or a context.
async function checked(returned) {
  const result = await returned;
  const isRefusal = isObject(result) && own(result, "error") === true && isObject(own(result, "validationErrors"));
  if (!isRefusal) return result;
  const message = `${result.message}`;
  const [told] = message.split(/\n\n(?:Returned output|Provided request context):/);
  if (message.startsWith("Tool output validation failed")) throw outputError(told);
  if (message.startsWith("Request context validation failed")) throw contextError(told);
  if (/^Tool (?:input )?validation failed/.test(message)) throw invalidInput(message);
  return result;
}

// The instance that holds an agent, if any does.
const mastraOf = (agent) => (isMethod(agent, "getMastraInstance") ? agent.getMastraInstance() : undefined);

// Nobody is there to answer a tool that suspends itself.
function suspend() {
  throw notApproved("the tool suspends itself until somebody answers, which nobody can do here");
}

const writer = { write: async () => {}, custom: async () => {} };

// Both forms of one call: the arguments of a current tool, and the envelope before 1.0.
function readings(input, given, values = given.request) {
  const { agent, request, options: { toolCallId, messages, abortSignal } } = given;
  const mastra = mastraOf(agent);
  const requestContext = contextOf(values);
  const ids = { threadId: request.sessionId, resourceId: request.resourceId };
  return {
    today: {
      requestContext,
      agent: { agentId: "", toolCallId, messages, suspend, ...ids },
      abortSignal,
      mastra,
      writer,
    },
    envelope: { context: input, runtimeContext: requestContext, suspend, ...ids },
  };
}

async function withHooks(tool, given, returned) {
  const output = await returned;
  const { toolCallId, abortSignal } = given.options;
  await tool.onOutput({ output, toolCallId, toolName: given.key, abortSignal });
  return output;
}

const ended = (tool, given, returned) =>
  typeof tool.onOutput === "function" ? withHooks(tool, given, returned) : returned;

/** Calls a tool that `createTool` made. */
export function callMastraTool(tool, input, given) {
  const { today, envelope } = readings(input, given);
  const returned = isOfToday(tool) ? tool.execute(input, today) : tool.execute(envelope, given.options);
  return ended(tool, given, checked(returned));
}

async function shownBy(tool, output) {
  return (await tool.toModelOutput(output)) ?? undefined;
}

const isThere = (output) => output !== undefined && output !== null;

/** What makes what the model is shown of an output; its answer undefined: the output. */
export const showOf = (tool) =>
  typeof tool.toModelOutput === "function" ? (output) => (isThere(output) ? shownBy(tool, output) : undefined) : undefined;

/**
 * Calls any other tool of a Mastra agent with an input that works as both: the input's own keys,
 * plus hidden `context` and the rest of the envelope.
 */
export function callAnyTool(tool, input, given) {
  const values = readMastraContext(tool.requestContextSchema, given.request, given.key);
  const returned = executeBoth(tool, input, given, values);
  if (tool.outputSchema === undefined) return ended(tool, given, returned);
  const read = async () => readMastraOutput(tool.outputSchema, await returned, given.key);
  return ended(tool, given, read());
}

function executeBoth(tool, input, given, values) {
  if (!isObject(input)) return tool.execute(input, given.options);
  const { today, envelope } = readings(input, given, values);
  const both = { ...input };
  for (const key of Object.keys(envelope)) {
    if (Object.hasOwn(both, key)) continue;
    const value = envelope[key];
    Object.defineProperty(both, key, { value, writable: true, configurable: true });
  }
  return tool.execute(both, { ...given.options, ...today, runtimeContext: today.requestContext });
}
