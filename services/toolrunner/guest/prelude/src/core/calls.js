// Host calls: the only way out of the sandbox, one promise each.
import { Emit, Kind } from "./kinds.js";
import { deniedError, limitExceeded } from "./errors.js";
import { dateNow, hasOwn, jsonStringify, mapClear, mapDelete, mapForEach, mapGet, mapHas, mapSet, NativeError, NativePromise, weakMapGet, weakMapSet } from "./primordials.js";

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

const QUIET_MS = 100;
const MOST_REST_MS = 5000;

/** Pending host calls of one load or tool call; ids count from 1. */
export function createCalls(emit) {
  const pending = new Map();
  let granted = [];
  let count = 0;
  let nextId = 1;
  let firstId = 1;
  let most = 0;
  let mostWaiting = 0;
  let onNews = null;
  let reads = 0;
  let reports = false;

  /** Set the limits of host calls: in total, and in flight. */
  function limit(inAll, atOnce) {
    most = inAll;
    mostWaiting = atOnce;
  }

  /** Clear the state of earlier work, and set the capabilities of this one. */
  function begin(capabilities, isLoad) {
    granted = capabilities;
    firstId = nextId;
    reports = isLoad;
  }

  /** Whether the work was granted this capability. The host is told of a load that misses one. */
  function may(capability) {
    for (let i = 0; i < granted.length; i++) if (granted[i] === capability) return true;
    if (reports) emit(Emit.LOAD_READS, '{"fetch":true}');
    reports = false;
    return false;
  }

  function checkRoom() {
    if (nextId - firstId >= most) {
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
    if (!may(capability)) throw deniedError("the capability " + capability + " was not granted");
    const asked = jsonStringify(input); // may run bundle code, which may make host calls itself
    checkRoom();
    const id = nextId++;
    const isRead = typeof input === "object" && input !== null && hasOwn(input, "op") && input.op === "read";
    const answer = new NativePromise((resolve, reject) => {
      mapSet(pending, id, { __proto__: null, resolve, reject, isRead });
    });
    count++;
    if (isRead) reads++;
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
      const { resolve, reject, isRead } = mapGet(pending, id);
      mapDelete(pending, id);
      count--;
      if (isRead) reads--;
      if (hasOwn(result, "failure")) reject(failureError(result.failure));
      else resolve(result.output);
    }
    if (onNews !== null) onNews();
  }

  /**
   * Wait until no host call is pending, or only reads of streams are, and nothing new comes for a
   * moment; then end those that are left, and grant no more. An image must not hold a request that
   * no answer can reach.
   */
  async function rest({ setTimeout, clearTimeout }) {
    const until = dateNow() + MOST_REST_MS;
    for (let isQuiet = false; count > 0 && dateNow() < until && !(isQuiet && count === reads); ) {
      let timer;
      const before = nextId;
      isQuiet = await new NativePromise((resolve) => {
        onNews = () => resolve(false);
        timer = setTimeout(() => resolve(nextId === before), QUIET_MS);
      });
      clearTimeout(timer);
    }
    drop();
  }

  /** End the requests that are pending, and grant no more. */
  function drop() {
    onNews = null;
    granted = [];
    reports = false;
    mapForEach(pending, ({ reject }) => reject(new NativeError("the request ended with the load of the bundle")));
    mapClear(pending);
    count = 0;
    reads = 0;
  }

  return { begin, limit, may, ask, start, deliver, rest, drop, waiting: () => count };
}
