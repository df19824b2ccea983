// The second argument of `execute`, which reads both as a runtime context and as the options of a
// call: which one a hand-written tool expects cannot be told.
import { callSignal } from "../core/abort.js";
import { question } from "../frameworks/index.js";
import { isObject } from "./names.js";

const contextMakerOf = question("contextMakerOf");

/** Request context, with what the agent's own maker of contexts adds to it. */
export async function runtimeContext(agent, given) {
  const base = isObject(given) ? given : {};
  const make = contextMakerOf(agent);
  if (make === undefined) return { ...base };
  const made = await make({ sessionId: base.sessionId, resourceId: base.resourceId });
  return { ...base, ...(isObject(made) ? made : {}) };
}

function hide(target, values) {
  for (const key of Object.keys(values)) {
    if (Object.hasOwn(target, key)) continue;
    Object.defineProperty(target, key, { value: values[key], writable: true, configurable: true });
  }
  return target;
}

/**
 * The two readings of one call: `context` shows the runtime context's keys and hides the call
 * options behind them, for tools that are made for a context; `options` shows both, for a tool that
 * is called as it is declared. `env` and `context` never cover a key of the runtime context.
 */
export function callArguments(context, toolCallId) {
  const call = {
    toolCallId,
    messages: [],
    abortSignal: callSignal(),
    experimental_context: context,
  };
  return {
    context: hide({ ...context }, { ...call, context, env: {} }),
    options: hide({ context, ...context, ...call }, { env: {} }),
  };
}
