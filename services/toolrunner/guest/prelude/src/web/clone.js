// structuredClone for data: what JSON knows, and Map, Set, Date, RegExp, errors, buffers, views,
// boxed values, with shared and circular references kept.
import { DOMException } from "./dom-exception.js";

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const BOXED = new Set(["Number", "String", "Boolean", "BigInt"]);
const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

function refuse(value) {
  const what = typeof value === "function" ? `function ${value.name}` : String(value?.toString?.() ?? value);
  return new DOMException(`${what.slice(0, 100)} could not be cloned.`, "DataCloneError");
}

function keep(seen, value, copy) {
  seen.set(value, copy);
  return copy;
}

function copyMembers(value, copy, seen) {
  for (const key of Object.keys(value)) copy[key] = cloneAny(value[key], seen);
  return copy;
}

function copyMap(value, seen) {
  const copy = keep(seen, value, new Map());
  for (const [key, item] of [...value]) copy.set(cloneAny(key, seen), cloneAny(item, seen));
  return copy;
}

function copySet(value, seen) {
  const copy = keep(seen, value, new Set());
  for (const item of [...value]) copy.add(cloneAny(item, seen));
  return copy;
}

function copyError(value, seen) {
  const name = Object.hasOwn(ERRORS, value.name) ? value.name : "Error";
  const copy = keep(seen, value, Object.create(ERRORS[name].prototype));
  const define = (key, item) =>
    Object.defineProperty(copy, key, { value: item, writable: true, configurable: true });
  define("stack", `${value.stack}`);
  if (Object.hasOwn(value, "message")) define("message", `${value.message}`);
  if (Object.hasOwn(value, "cause")) define("cause", cloneAny(value.cause, seen));
  return copy;
}

function copyView(value, seen) {
  const buffer = cloneAny(value.buffer, seen);
  const length = value instanceof DataView ? value.byteLength : value.length;
  const ViewClass = value instanceof DataView ? DataView : globalThis[tagOf(value)];
  return keep(seen, value, new ViewClass(buffer, value.byteOffset, length));
}

function cloneObject(value, seen) {
  if (ArrayBuffer.isView(value)) return copyView(value, seen);
  if (Array.isArray(value)) return copyMembers(value, keep(seen, value, new Array(value.length)), seen);
  if (value instanceof Error) return copyError(value, seen);
  const tag = tagOf(value);
  if (value instanceof Date) return keep(seen, value, new Date(value.getTime()));
  if (value instanceof RegExp) return keep(seen, value, new RegExp(value.source, value.flags));
  if (value instanceof Map) return copyMap(value, seen);
  if (value instanceof Set) return copySet(value, seen);
  if (value instanceof ArrayBuffer) return keep(seen, value, value.slice(0));
  if (BOXED.has(tag)) return keep(seen, value, Object(value.valueOf()));
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) throw refuse(value);
  return copyMembers(value, keep(seen, value, {}), seen);
}

function cloneAny(value, seen) {
  if (typeof value === "function" || typeof value === "symbol") throw refuse(value);
  if (typeof value !== "object" || value === null) return value;
  return seen.has(value) ? seen.get(value) : cloneObject(value, seen);
}

/** A deep copy of data; DataCloneError for functions, symbols, promises. Transfers are copied. */
export function structuredClone(value) {
  if (arguments.length === 0) throw new TypeError("structuredClone needs a value");
  return cloneAny(value, new Map());
}
