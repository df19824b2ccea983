// Host calls: the only way out of the sandbox, one promise each.
import { Emit, Kind } from "./kinds.js";
import { deniedError, limitExceeded } from "./errors.js";
import { hasOwn, jsonStringify, mapDelete, mapGet, mapHas, mapSet, NativeError, NativePromise, weakMapGet, weakMapSet } from "./primordials.js";

const codes = new WeakMap();

function failureError(failure) {
  const message = failure?.message ?? "the host gave no reason";
  if (failure?.kind === Kind.CAPABILITY_DENIED) return deniedError(message);
  if (failure?.kind === Kind.LIMIT_EXCEEDED) return limitExceeded(message);
  const error = new NativeError(message);
  if (typeof failure?.code === "string") weakMapSet(codes, error, failure.code);
  return error;
}

/** Node's code of a failed host call; empty if it has none. */
export const codeOf = (error) => weakMapGet(codes, error) ?? "";

/** Pending host calls of one tool call; ids count from 1. */
export function createCalls(emit) {
  const pending = new Map();
  let granted = [];
  let count = 0;
  let nextId = 1;
  let most = 0;
  let mostWaiting = 0;

  /** Set the limits of host calls: in total, and in flight. */
  function limit(inAll, atOnce) {
    most = inAll;
    mostWaiting = atOnce;
  }

  /** Clear the state of earlier work, and set the capabilities of this one. */
  function begin(capabilities) {
    granted = capabilities;
  }

  /** Whether the call was granted this capability. */
  function may(capability) {
    for (let i = 0; i < granted.length; i++) if (granted[i] === capability) return true;
    return false;
  }

  function checkRoom() {
    if (nextId > most) {
      throw limitExceeded("the call made " + most + " requests to the outside world, the limit (`host_calls`, at most CAISSON_TOOLRUNNER_CALL_HOST_CALLS)");
    }
    if (count >= mostWaiting) {
      throw limitExceeded(mostWaiting + " requests of the call wait for an answer, the limit (`host_calls_in_flight`, at most CAISSON_TOOLRUNNER_CALL_HOST_CALLS_IN_FLIGHT); await some first");
    }
  }

  /**
   * Make a host call: `{id, answer}`, a promise that `resume` settles. Throws over the limits,
   * which the host enforces as well.
   */
  function start(capability, input) {
    const asked = jsonStringify(input); // may run bundle code, which may make host calls itself
    checkRoom();
    const id = nextId++;
    const answer = new NativePromise((resolve, reject) => {
      mapSet(pending, id, { resolve, reject });
    });
    count++;
    const head = '{"id":' + id + ',"capability":' + jsonStringify(capability) + ',"input":';
    emit(Emit.HOST_CALL, head + (asked ?? "null") + "}");
    return { __proto__: null, id, answer };
  }

  /** Make a host call; returns a promise of the answer. */
  function ask(capability, input) {
    return new NativePromise((resolve) => {
      resolve(start(capability, input).answer);
    });
  }

  /** Settle the promises of these answers; answers to unknown requests are ignored. */
  function deliver(results) {
    for (let i = 0; i < results.length; i++) {
      const result = results[i];
      const { id } = result;
      if (!mapHas(pending, id)) continue;
      const { resolve, reject } = mapGet(pending, id);
      mapDelete(pending, id);
      count--;
      if (hasOwn(result, "failure")) reject(failureError(result.failure));
      else resolve(result.output);
    }
  }

  return { begin, limit, may, ask, start, deliver, waiting: () => count };
}
