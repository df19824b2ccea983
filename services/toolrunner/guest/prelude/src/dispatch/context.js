// The second argument of `execute`, readable both as a runtime context and as call options: which
// one a hand-written tool expects is unknown.
import { callSignal } from "../core/abort.js";
import { question } from "../frameworks/index.js";
import { isObject } from "./names.js";

const contextMakerOf = question("contextMakerOf");

/** Request context, merged with the result of the agent's own context factory. */
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
 * The views of one call: `request` is the runtime context itself, `context` shows its keys and hides the
 * call options, for tools built from a context; `options` shows both, for tools called as declared. `env`
 * and `context` never hide a key of the runtime context.
 */
export function callArguments(context, { toolCallId, messages = [], approved = false }) {
  const call = {
    toolCallId,
    messages,
    abortSignal: callSignal(),
    experimental_context: context,
  };
  return {
    approved,
    request: context,
    context: hide({ ...context }, { ...call, context, env: {} }),
    options: hide({ context, ...context, ...call }, { env: {} }),
  };
}
