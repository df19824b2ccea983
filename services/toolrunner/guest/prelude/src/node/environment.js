// `process.env`: strings by name, as in Node, and a report of what a program touches of it while it
// loads. Only an image that was loaded with a run's values may depend on them, so the host must know.
import { Emit } from "../core/kinds.js";
import { getOwn, hasOwn, jsonStringify, objectKeys, ownKeys, toText } from "../core/primordials.js";

// Beyond these, a program counts as one that reads every name.
const MAX_NAMES = 200;
const MAX_NAME_LENGTH = 128;

const invalid = (message) => {
  const error = new TypeError(message);
  error.code = "ERR_INVALID_OBJECT_DEFINE_PROPERTY";
  return error;
};

function textOf(value) {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
  return toText(value);
}

/**
 * `env` is the program's `process.env`. `begin(isLoad, values)` starts a piece of work with these
 * values; during a load, `emit` is told once of each name that the program touches, and of a look
 * at all of them.
 */
export function createEnvironment(emit) {
  const held = Object.create(Object.create(Object.prototype));
  let reported = null;
  let count = 0;
  let atLoad = { __proto__: null };

  function reportAll() {
    if (reported === null) return;
    reported = null;
    emit(Emit.LOAD_READS, '{"env":null}');
  }

  function touch(key) {
    if (reported === null || typeof key === "symbol" || hasOwn(reported, key)) return;
    if (++count > MAX_NAMES || key.length > MAX_NAME_LENGTH) {
      reportAll();
      return;
    }
    reported[key] = true;
    emit(Emit.LOAD_READS, '{"env":' + jsonStringify(key) + "}");
  }

  function set(key, value) {
    const shown = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
    return Reflect.defineProperty(held, key, shown);
  }

  // What Object.prototype has, such as `toString`, is found as in any object.
  const env = new Proxy(held, {
    __proto__: null,
    get(target, key) {
      touch(key);
      return target[key];
    },
    set(target, key, value) {
      if (typeof key === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
      touch(key);
      return set(key, textOf(value));
    },
    has(target, key) {
      touch(key);
      return key in target;
    },
    deleteProperty(target, key) {
      touch(key);
      return delete target[key];
    },
    ownKeys(target) {
      reportAll();
      return ownKeys(target);
    },
    getOwnPropertyDescriptor(target, key) {
      touch(key);
      return getOwn(target, key);
    },
    defineProperty(target, key, given) {
      touch(key);
      if (hasOwn(given, "get") || hasOwn(given, "set")) {
        throw invalid("'process.env' does not accept an accessor(getter/setter) descriptor");
      }
      if (!given.configurable || !given.writable || !given.enumerable) {
        throw invalid("'process.env' only accepts a configurable, writable, and enumerable data descriptor");
      }
      return set(key, textOf(given.value));
    },
    preventExtensions() {
      throw new TypeError("Cannot prevent extensions");
    },
  });

  /** Put values into the environment, except those that the program already loaded with. */
  function show(given) {
    if (typeof given !== "object" || given === null) return;
    const names = objectKeys(given);
    for (let i = 0; i < names.length; i++) {
      const value = given[names[i]];
      if (typeof value !== "string" || atLoad[names[i]] === value) continue;
      set(names[i], value);
    }
  }

  function begin(isLoad, values) {
    count = 0;
    reported = null;
    show(values);
    if (!isLoad) return;
    reported = { __proto__: null };
    if (typeof values === "object" && values !== null) atLoad = { __proto__: null, ...values };
  }

  return { env, begin };
}
