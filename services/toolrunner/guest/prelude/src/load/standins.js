// Stand-ins: values for what is not there. They can be imported, passed on, inspected, called,
// constructed and extended while the bundle loads, and all of that does nothing. A tool that needs
// one gets a clear error.

import { NativePromise } from "../core/primordials.js";

// Members that every function has, such as `bind` and `hasOwnProperty`, are the real ones, except
// the two whose getters throw for any modern function, and what gives a value.
const POISONED = new Set(["arguments", "caller"]);
const NO_MEMBERS = new Set([...POISONED, "length"]);
const isOfFunctions = (key) => key in Function.prototype && !NO_MEMBERS.has(key);
const ABSENT = new Set(["then", "toJSON", "__esModule", "nodeType", "asymmetricMatch", "$$typeof"]);
const VALUES = new Set([
  Symbol.toPrimitive, Symbol.iterator, Symbol.asyncIterator, "toString", "valueOf", "toLocaleString",
]);
const CLASS = /^class\b/;

const known = new WeakSet();
const stage = { calling: false };

/** From now on a tool runs: what was inert while the bundle loaded fails when it is needed. */
export function beginCalls() {
  stage.calling = true;
}

export const isCalling = () => stage.calling;

/** Whether a value is a stand-in, or an object made by one. */
export const isStandIn = (value) => known.has(value);

const DECORATOR_KINDS = new Set(["class", "method", "getter", "setter", "field", "accessor"]);

// What a decorator returns to keep what it decorates: of TypeScript's old kind, or the standard's.
function isDecoration(args) {
  if (args.length === 2 && DECORATOR_KINDS.has(args[1]?.kind)) return true;
  const isTarget = (typeof args[0] === "object" || typeof args[0] === "function") && args[0] !== null;
  return args.length === 3 && isTarget && ["string", "symbol", "undefined"].includes(typeof args[1]) &&
    ["object", "number", "undefined"].includes(typeof args[2]);
}

const isClass = (value) =>
  typeof value === "function" && !known.has(value) && CLASS.test(Function.prototype.toString.call(value));

/** What a call that does nothing returns; `make()` makes a stand-in for it. */
export function inertCall(args, make) {
  if (isDecoration(args)) return undefined;
  if (args.length === 1 && isClass(args[0])) return args[0];
  return make();
}

/*
 * The nature of a stand-in: `acts(path)` is called before it is called or constructed, `uses(path, key)`
 * before it is iterated or made text, by the symbol `key`; they throw where that is refused. `calls(args, make,
 * path)`, where there is one, gives a call's result; `make()` a stand-in for it. `reads(path, key)`, where there
 * is one, is called before a member is read or listed, `made(value)` with each stand-in of this nature,
 * `answers(value)` with each that it did not construct.
 */

/** Always refused; `refuse(path)` makes the error. */
export function refusing(refuse) {
  const uses = (path) => {
    throw refuse(path);
  };
  return { acts: uses, uses };
}

const asked = { first: () => {} };

/** Make conditions and strict comparisons of bundles use a stand-in first; `ask(value)` is the engine's. */
export function askFirst(ask) {
  asked.first = ask;
}

/**
 * Inert while the bundle loads, refused when a tool needs it, also for an answer: what a missing package
 * would say is not known. Only what it constructs is known to be an object.
 */
export function inertUntilCalled(refuse) {
  const uses = (path) => {
    if (stage.calling) throw refuse(path);
  };
  return { acts: uses, uses, answers: (value) => asked.first(value) };
}

const natureOf = (given) => (typeof given === "function" ? refusing(given) : given);

const none = () => [][Symbol.iterator]();
async function* noneLater() {}

// What a symbol gives that would make a value of the stand-in.
function valueOfUse(path, key, { uses }) {
  return function use(hint) {
    uses(path, key);
    if (key === Symbol.iterator) return none();
    if (key === Symbol.asyncIterator) return noneLater();
    return hint === "number" ? NaN : `[${path}]`;
  };
}

// What a call gives while the bundle loads may be used as a promise, which nothing rejects: `connect().then(listen)`.
// With another argument than a function, it is a `then` of some other kind.
function thenOf(path, nature) {
  const settled = standInOf(path, nature);
  return function then(done, failed) {
    if (typeof done !== "function" && typeof failed !== "function") return resultOf(`${path}.then`, nature);
    return new NativePromise((resolve) => resolve(settled)).then(done, failed);
  };
}

const resultOf = (path, nature) => standInOf(`${path}()`, nature, true);

/**
 * A callable stand-in for `path` ("pg.Pool"). Its members are stand-ins of their own, cached, so
 * that `a.b === a.b`. `isResult` is set for what a call gives.
 */
export function standInOf(path, given, isResult = false) {
  const nature = natureOf(given);
  const members = new Map();
  let then;
  const target = function () {};
  delete target.length;
  Object.defineProperty(target, "name", { value: path.split(".").at(-1) });

  function member(key) {
    if (!members.has(key)) members.set(key, standInOf(`${path}.${key}`, nature));
    return members.get(key);
  }

  function get(object, key, receiver) {
    if (VALUES.has(key)) return valueOfUse(path, key, nature);
    if (key === "toJSON" && stage.calling) return valueOfUse(path, key, nature);
    if (typeof key === "symbol" || key === "prototype" || isOfFunctions(key)) return Reflect.get(object, key, receiver);
    if (key === "then" && isResult && !stage.calling) return (then ??= thenOf(path, nature));
    if (ABSENT.has(key)) return undefined;
    if (Object.hasOwn(object, key)) return object[key];
    nature.reads?.(path, key);
    return member(key);
  }

  // What it constructs, and objects of classes that extend it, have any method.
  target.prototype = new Proxy({}, {
    get(object, key, receiver) {
      if (typeof key === "symbol" || key in Object.prototype) {
        return key === "constructor" ? proxy : Reflect.get(object, key, receiver);
      }
      if (ABSENT.has(key)) return undefined;
      nature.reads?.(path, key);
      return member(key);
    },
  });
  // esbuild's interop copies own properties and keeps the prototype, so it must answer too.
  const parent = new Proxy(Object.create(null), {
    get: (object, key) => get(target, key),
    getPrototypeOf: () => null,
  });
  const proxy = new Proxy(target, {
    get,
    getPrototypeOf: () => parent,
    has(object, key) {
      nature.reads?.(path, key);
      return typeof key === "string" && !ABSENT.has(key);
    },
    ownKeys(object) {
      nature.reads?.(path);
      return Reflect.ownKeys(object);
    },
    apply(object, self, args) {
      const make = () => resultOf(path, nature);
      nature.acts(path);
      return (nature.calls ?? inertCall)(args, make, path);
    },
    construct(object, args, Class) {
      nature.acts(path);
      const made = Object.create(Class === proxy ? target.prototype : Class.prototype);
      known.add(made);
      nature.made?.(made);
      return made;
    },
  });
  known.add(proxy);
  nature.made?.(proxy);
  nature.answers?.(proxy);
  return proxy;
}

/** A stand-in that always refuses; `refuse(path)` makes the error. */
export const standIn = (path, refuse) => standInOf(path, refuse);

/** A module object that has `real` members and stand-ins for all others, for `require`. */
export function openModule(name, real, nature) {
  const rest = standInOf(name, nature);
  const lookup = (key) => (Object.hasOwn(real, key) ? real[key] : rest[key]);
  const parent = new Proxy(Object.create(null), {
    get: (object, key) =>
      typeof key === "symbol" || key in Object.prototype ? Object.prototype[key] : lookup(key),
    getPrototypeOf: () => null,
  });
  return Object.assign(Object.create(parent), real);
}
