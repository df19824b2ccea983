// Built-ins that reporting relies on, saved before any bundle code runs: a bundle that tampers with
// them breaks its own work, but not the report about it.

const { call, bind } = Function.prototype;

/** Turn a method into a function that takes `this` first, without any lookup when called. */
export const uncurry = bind.bind(call);

export const jsonStringify = JSON.stringify;
export const jsonParse = JSON.parse;
export const dateNow = Date.now;
export const ownKeys = Reflect.ownKeys;
export const objectKeys = Object.keys;
export const getOwn = Object.getOwnPropertyDescriptor;
export const isArray = Array.isArray;
const { setPrototypeOf } = Object;
/** An array without a prototype: no setter and no species of the bundle sees what is put into it. */
export const bareArray = () => setPrototypeOf([], null);
export const toText = String;
export const { apply } = Reflect;
export const { defineProperties, defineProperty, is: objectIs } = Object;
/** Sets a member as an assignment to a new one does, past any setter that an object inherits. */
export const setOwn = (object, key, value, enumerable = true) =>
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
export const { ceil } = Math;
/** The engine's own; the sandbox's global of this name is meant for small inputs. */
export const binaryFromBase64 = globalThis.atob;
export const { decodeURIComponent, escape } = globalThis;
export const { asyncIterator } = Symbol;

export const hasOwn = uncurry(Object.prototype.hasOwnProperty);
export const objectTag = uncurry(Object.prototype.toString);
export const slice = uncurry(String.prototype.slice);
export const indexOf = uncurry(String.prototype.indexOf);
export const lastIndexOf = uncurry(String.prototype.lastIndexOf);
export const charCodeAt = uncurry(String.prototype.charCodeAt);
export const startsWith = uncurry(String.prototype.startsWith);
export const trimEnd = uncurry(String.prototype.trimEnd);
export const exec = uncurry(RegExp.prototype.exec);
export const splice = uncurry(Array.prototype.splice);

/** `value instanceof Class`, even if the bundle redefined Class[Symbol.hasInstance]. */
const ordinaryHasInstance = uncurry(Function.prototype[Symbol.hasInstance]);
export const isInstance = (value, Class) => ordinaryHasInstance(Class, value);

export const weakSetAdd = uncurry(WeakSet.prototype.add);
export const weakSetHas = uncurry(WeakSet.prototype.has);
export const weakMapGet = uncurry(WeakMap.prototype.get);
export const weakMapHas = uncurry(WeakMap.prototype.has);
export const weakMapSet = uncurry(WeakMap.prototype.set);
export const mapGet = uncurry(Map.prototype.get);
export const mapSet = uncurry(Map.prototype.set);
export const mapDelete = uncurry(Map.prototype.delete);
export const mapClear = uncurry(Map.prototype.clear);
export const mapForEach = uncurry(Map.prototype.forEach);
export const mapHas = uncurry(Map.prototype.has);

export const NativeError = Error;
export const NativeRangeError = RangeError;
export const NativeReferenceError = ReferenceError;
export const NativeTypeError = TypeError;
export const NativePromise = Promise;
export const promiseRace = Promise.race.bind(Promise);
