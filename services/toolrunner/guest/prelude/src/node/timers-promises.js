// node:timers/promises.

function wait(start, value, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = start(() => resolve(value));
    signal?.addEventListener("abort", () => {
      stop();
      reject(signal.reason);
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
  async function* setInterval(delay, value) {
    for (;;) yield await setTimeout(delay, value);
  }
  return { setTimeout, setImmediate, setInterval, scheduler: { wait: setTimeout, yield: setImmediate } };
}
