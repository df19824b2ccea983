// events.once, events.on and addAbortListener, for emitters and event targets.

const isTarget = (emitter) => typeof emitter.addEventListener === "function" && typeof emitter.on !== "function";

function abortError(signal) {
  return Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" });
}

function check(emitter, signal) {
  if (emitter === null || typeof emitter !== "object" || (typeof emitter.on !== "function" && !isTarget(emitter))) {
    const message = 'The "emitter" argument must be an instance of EventEmitter.';
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
  }
  if (signal?.aborted) throw abortError(signal);
}

/** Listens, and returns what stops it. */
function listen(emitter, name, listener) {
  if (isTarget(emitter)) {
    emitter.addEventListener(name, listener);
    return () => emitter.removeEventListener(name, listener);
  }
  emitter.on(name, listener);
  return () => emitter.removeListener(name, listener);
}

function addAbortListener(signal, listener) {
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener("abort", listener, { once: true });
  const stop = () => signal.removeEventListener("abort", listener);
  return { [Symbol.dispose ?? Symbol.for("nodejs.dispose")]: stop };
}

async function once(emitter, name, { signal } = {}) {
  check(emitter, signal);
  return new Promise((resolve, reject) => {
    const stops = [];
    const end = (settle) => (...args) => {
      for (const stop of stops) stop();
      settle(args);
    };
    stops.push(listen(emitter, name, end(resolve)));
    if (name !== "error" && !isTarget(emitter)) stops.push(listen(emitter, "error", end(([error]) => reject(error))));
    if (signal) stops.push(listen(signal, "abort", end(() => reject(abortError(signal)))));
  });
}

function on(emitter, name, { signal, close = [] } = {}) {
  check(emitter, signal);
  const events = [];
  const waiting = [];
  let error = null;
  let isOver = false;
  const stops = [];
  const done = { value: undefined, done: true };

  function finish() {
    isOver = true;
    for (const stop of stops) stop();
    for (const { resolve } of waiting.splice(0)) resolve(done);
    return Promise.resolve(done);
  }
  function fail(reason) {
    const first = waiting.shift();
    if (first) first.reject(reason);
    else error = reason;
    finish();
  }
  function take(...args) {
    const first = waiting.shift();
    if (first) first.resolve({ value: args, done: false });
    else events.push(args);
  }

  stops.push(listen(emitter, name, take));
  if (name !== "error" && !isTarget(emitter)) stops.push(listen(emitter, "error", fail));
  for (const each of close) stops.push(listen(emitter, each, finish));
  if (signal) stops.push(listen(signal, "abort", () => fail(abortError(signal))));

  const parent = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);
  return Object.setPrototypeOf(
    {
      next() {
        if (events.length > 0) return Promise.resolve({ value: events.shift(), done: false });
        if (error !== null) {
          const reason = error;
          error = null;
          return Promise.reject(reason);
        }
        if (isOver) return Promise.resolve(done);
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      },
      return: finish,
      throw(reason) {
        fail(reason);
        return Promise.resolve(done);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    parent,
  );
}

module.exports = { once, on, addAbortListener };
