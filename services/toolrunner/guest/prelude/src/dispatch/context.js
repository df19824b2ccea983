// The arguments of `execute` besides the input. The second one is readable both as a runtime context
// and as call options: which one a hand-written tool expects is unknown.
import { callSignal } from "../core/abort.js";
import { question } from "../frameworks/index.js";
import { isObject } from "./names.js";

const contextMakerOf = question("contextMakerOf");

async function made(make, base) {
  const found = await make({ sessionId: base.sessionId, resourceId: base.resourceId });
  return { ...base, ...(isObject(found) ? found : {}) };
}

/**
 * Request context, merged with the result of the agent's own context factory: a promise where it has
 * one.
 */
export function runtimeContext(agent, given) {
  const base = isObject(given) ? given : {};
  const make = contextMakerOf(agent);
  return make === undefined ? { ...base } : made(make, base);
}

function hide(target, values) {
  for (const key of Object.keys(values)) {
    if (Object.hasOwn(target, key)) continue;
    Object.defineProperty(target, key, { value: values[key], writable: true, configurable: true });
  }
  return target;
}

/**
 * What is given to one call: `request` is the runtime context itself, `context` shows its keys and
 * hides the call options, for tools built from a context; `options` shows both, for tools called as
 * declared. `env` and `context` never hide a key of the runtime context. Both are made when they are
 * asked for.
 */
export class Given {
  #call;
  #context;
  #options;

  constructor(request, { tool, toolCallId, messages, approved }, agent) {
    this.request = request;
    this.key = tool;
    this.toolCallId = toolCallId;
    this.approved = approved === true;
    this.agent = agent;
    this.#call = { toolCallId, messages: messages ?? [], abortSignal: callSignal(), experimental_context: request };
  }

  get context() {
    const { request } = this;
    this.#context ??= hide({ ...request }, { ...this.#call, context: request, env: {} });
    return this.#context;
  }

  get options() {
    const { request } = this;
    this.#options ??= hide({ context: request, ...request, ...this.#call }, { env: {} });
    return this.#options;
  }
}
