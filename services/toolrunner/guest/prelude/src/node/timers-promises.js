// node:timers/promises.

function aborted(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}

function wait(start, value, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(signal));
      return;
    }
    const stop = start(() => resolve(value));
    signal?.addEventListener("abort", () => {
      stop();
      reject(aborted(signal));
    }, { once: true });
  });
}

/** Makes the module over the sandbox's timers. */
export function timersPromises(timers) {
  const setTimeout = (delay, value, { signal } = {}) =>
    wait((done) => {
      const timer = timers.setTimeout(done, delay);
      return () => timers.clearTimeout(timer);
    }, value, signal);
  const setImmediate = (value, { signal } = {}) =>
    wait((done) => {
      const timer = timers.setImmediate(done);
      return () => timers.clearImmediate(timer);
    }, value, signal);
  const promisified = Symbol.for("nodejs.util.promisify.custom");
  Object.defineProperty(timers.setTimeout, promisified, { value: setTimeout });
  Object.defineProperty(timers.setImmediate, promisified, { value: setImmediate });
  async function* setInterval(delay, value) {
    for (;;) yield await setTimeout(delay, value);
  }
  return { setTimeout, setImmediate, setInterval, scheduler: { wait: setTimeout, yield: setImmediate } };
}
