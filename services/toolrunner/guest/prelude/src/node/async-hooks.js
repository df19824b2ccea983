// node:async_hooks: AsyncLocalStorage and AsyncResource over the context that the engine hands on.
// Hooks are inert: nothing observes the life of resources.
import { currentContext, enterStore, forget, inContext, storeIn } from "../core/async-context.js";
import { apply, defineProperties, NativeRangeError, NativeTypeError, objectIs } from "../core/primordials.js";

const ROOT = 1;
let lastId = ROOT;
let running = { __proto__: null, id: ROOT, trigger: 0, resource: {} };

function coded(error, code) {
  error.code = code;
  return error;
}

function shown(value) {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") return ` Received an instance of ${value.constructor?.name ?? "Object"}`;
  return ` Received type ${typeof value} (${typeof value === "string" ? `'${value}'` : String(value)})`;
}

function wrongType(name, kind, value) {
  const message = `The "${name}" argument must be of type ${kind}.${shown(value)}`;
  return coded(new NativeTypeError(message), "ERR_INVALID_ARG_TYPE");
}

function checkFunction(value, name) {
  if (typeof value !== "function") throw wrongType(name, "function", value);
}

/** A resource that keeps the context in which it was made. */
export class AsyncResource {
  #context = currentContext();
  #id;
  #trigger;
  constructor(type, options = {}) {
    if (typeof type !== "string") throw wrongType("type", "string", type);
    const trigger = typeof options === "number" ? options : (options.triggerAsyncId ?? running.id);
    if (!Number.isSafeInteger(trigger) || trigger < -1) {
      throw coded(new NativeRangeError(`Invalid triggerAsyncId value: ${trigger}`), "ERR_INVALID_ASYNC_ID");
    }
    this.#id = ++lastId;
    this.#trigger = trigger;
  }
  runInAsyncScope(callback, self, ...args) {
    const before = running;
    running = { __proto__: null, id: this.#id, trigger: this.#trigger, resource: this };
    try {
      return inContext(this.#context, callback, self, args);
    } finally {
      running = before;
    }
  }
  emitDestroy() {
    return this;
  }
  asyncId() {
    return this.#id;
  }
  triggerAsyncId() {
    return this.#trigger;
  }
  bind(callback, self) {
    checkFunction(callback, "fn");
    const resource = this;
    function bound(...args) {
      return resource.runInAsyncScope(callback, self === undefined ? this : self, ...args);
    }
    return defineProperties(bound, {
      length: { __proto__: null, configurable: true, value: callback.length },
      asyncResource: { __proto__: null, configurable: true, enumerable: true, get: () => resource, set() {} },
    });
  }
  static bind(callback, type, self) {
    checkFunction(callback, "fn");
    return new AsyncResource(type || callback.name || "bound-anonymous-fn").bind(callback, self);
  }
}

/** A store that follows the work which `run` or `enterWith` began. */
export class AsyncLocalStorage {
  #default;
  #name = "";
  constructor(options = {}) {
    if (typeof options !== "object" || options === null || Array.isArray(options)) {
      throw wrongType("options", "object", options);
    }
    this.#default = options.defaultValue;
    if (options.name !== undefined) this.#name = `${options.name}`;
  }
  get name() {
    return this.#name;
  }
  static bind(callback) {
    return AsyncResource.bind(callback);
  }
  static snapshot() {
    return AsyncLocalStorage.bind((callback, ...args) => callback(...args));
  }
  disable() {
    forget(this);
  }
  enterWith(store) {
    enterStore(this, store);
  }
  run(store, callback, ...args) {
    const before = this.getStore();
    if (objectIs(before, store)) return apply(callback, null, args);
    this.enterWith(store);
    try {
      return apply(callback, null, args);
    } finally {
      this.enterWith(before);
    }
  }
  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }
  getStore() {
    const entry = storeIn(this);
    return entry === undefined ? this.#default : entry.store;
  }
}

class AsyncHook {
  enable() {
    return this;
  }
  disable() {
    return this;
  }
}

export default {
  AsyncLocalStorage,
  createHook: () => new AsyncHook(),
  executionAsyncId: () => running.id,
  triggerAsyncId: () => running.trigger,
  executionAsyncResource: () => running.resource,
  asyncWrapProviders: Object.freeze({ __proto__: null, NONE: 0 }),
  AsyncResource,
};
