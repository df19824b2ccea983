// node:async_hooks, as far as possible without engine support: a store is set from `run` until the
// promise that `run` returned settles. Overlapping runs see the later one's store.

export class AsyncLocalStorage {
  #store = undefined;

  static bind(callback) {
    return (...args) => callback(...args);
  }
  static snapshot() {
    return (callback, ...args) => callback(...args);
  }
  getStore() {
    return this.#store;
  }
  enterWith(store) {
    this.#store = store;
  }
  disable() {
    this.#store = undefined;
  }
  run(store, callback, ...args) {
    const before = this.#store;
    const restore = () => {
      this.#store = before;
    };
    this.#store = store;
    let result;
    try {
      result = callback(...args);
    } catch (error) {
      restore();
      throw error;
    }
    if (typeof result?.then !== "function") restore();
    else result.then(restore, restore);
    return result;
  }
  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }
}

export class AsyncResource {
  constructor(type) {
    this.type = type;
  }
  runInAsyncScope(callback, self, ...args) {
    return callback.apply(self, args);
  }
  bind(callback) {
    return callback.bind(this);
  }
  static bind(callback) {
    return (...args) => callback(...args);
  }
  emitDestroy() {
    return this;
  }
  asyncId() {
    return 1;
  }
  triggerAsyncId() {
    return 0;
  }
}

const hook = { enable: () => hook, disable: () => hook };

export default {
  AsyncLocalStorage,
  AsyncResource,
  createHook: () => hook,
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({}),
  asyncWrapProviders: Object.freeze({ __proto__: null, NONE: 0 }),
};
