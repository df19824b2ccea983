// Requests to the host: the only way out of the sandbox, one promise for each.
import { Emit } from "./kinds.js";
import { deniedError } from "./errors.js";
import { jsonStringify, mapDelete, mapGet, mapHas, mapSet, NativeError, NativePromise } from "./primordials.js";

function failureError(failure) {
  const message = failure?.message ?? "the host gave no reason";
  if (failure?.kind === "CAPABILITY_DENIED") return deniedError(message);
  return new NativeError(message);
}

/** Pending host calls of one tool call; ids count from 1. */
export function createCalls(emit) {
  const pending = new Map();
  let granted = [];
  let count = 0;
  let nextId = 1;

  /** Forget what an earlier piece of work left, and take the capabilities of this one. */
  function begin(capabilities) {
    granted = capabilities;
  }

  /** Whether the call was granted this capability. */
  function may(capability) {
    for (let i = 0; i < granted.length; i++) if (granted[i] === capability) return true;
    return false;
  }

  /** Ask the host; the promise settles when `resume` brings the answer. */
  function ask(capability, input) {
    const id = nextId++;
    const text = jsonStringify({ __proto__: null, id, capability, input });
    return new NativePromise((resolve, reject) => {
      mapSet(pending, id, { resolve, reject });
      count++;
      emit(Emit.HOST_CALL, text);
    });
  }

  /** Settle the promises of these answers; answers to unknown requests are ignored. */
  function deliver(results) {
    for (let i = 0; i < results.length; i++) {
      const { id, output, failure } = results[i];
      if (!mapHas(pending, id)) continue;
      const { resolve, reject } = mapGet(pending, id);
      mapDelete(pending, id);
      count--;
      if (failure) reject(failureError(failure));
      else resolve(output);
    }
  }

  return { begin, may, ask, deliver, waiting: () => count };
}
