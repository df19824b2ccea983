// The second argument of `execute`: one object that reads both as Lightfast's runtime context and
// as the AI SDK's call options.
import { contextMakerOf } from "./agents.js";
import { isObject } from "./names.js";

/** Request context, with what the agent's own `createRuntimeContext` adds to it. */
export async function runtimeContext(agent, given) {
  const base = isObject(given) ? given : {};
  const make = contextMakerOf(agent);
  if (make === undefined) return { ...base };
  const made = await make({ sessionId: base.sessionId, resourceId: base.resourceId });
  return { ...base, ...(isObject(made) ? made : {}) };
}

/** Context keys spread, and the options of a tool call; `env` and `context` only where free. */
export function callOptions(context, toolCallId) {
  return {
    env: {},
    context,
    ...context,
    toolCallId,
    messages: [],
    abortSignal: new AbortController().signal,
    experimental_context: context,
  };
}
