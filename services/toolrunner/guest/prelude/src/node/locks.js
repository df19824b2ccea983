// Web Locks within one sandbox: a queue for each name.

/** `request` runs a callback while it holds the lock; `query` tells who holds and who waits. */
export class LockManager {
  #held = new Map();
  #waiting = [];

  request(name, options, callback = options) {
    const { mode = "exclusive", ifAvailable = false, signal } = typeof options === "object" ? options : {};
    return new Promise((resolve, reject) => {
      const run = (lock) => {
        if (lock !== null) this.#held.get(name).add(lock);
        const release = () => {
          if (lock !== null) this.#held.get(name).delete(lock);
          this.#next();
        };
        const done = new Promise((settle) => settle(callback(lock)));
        done.then(release, release);
        resolve(done);
      };
      if (!this.#held.has(name)) this.#held.set(name, new Set());
      const entry = { name, mode, run };
      if (ifAvailable && !this.#isFree(entry)) run(null);
      else {
        this.#waiting.push(entry);
        signal?.addEventListener("abort", () => {
          this.#waiting = this.#waiting.filter((other) => other !== entry);
          reject(signal.reason);
        });
        this.#next();
      }
    });
  }
  #isFree({ name, mode }) {
    const held = [...this.#held.get(name)];
    return held.length === 0 || (mode === "shared" && held.every((lock) => lock.mode === "shared"));
  }
  #next() {
    for (const entry of [...this.#waiting]) {
      const isFirst = this.#waiting.find((other) => other.name === entry.name) === entry;
      if (!isFirst || !this.#isFree(entry)) continue;
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      entry.run({ name: entry.name, mode: entry.mode });
    }
  }
  async query() {
    const held = [...this.#held.values()].flatMap((locks) => [...locks]);
    return { held, pending: this.#waiting.map(({ name, mode }) => ({ name, mode })) };
  }
}
