// structuredClone for data: JSON values, Map, Set, Date, RegExp, errors, buffers, views, boxed
// values, Blob and File; keeps shared and circular references.
import { DOMException } from "./dom-exception.js";

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const BOXED = new Set(["Number", "String", "Boolean", "BigInt"]);
const UNCLONEABLE = [
  "Headers", "Request", "Response", "FormData", "WeakMap", "WeakSet", "WeakRef", "Promise", "FinalizationRegistry",
  "ReadableStream", "WritableStream", "TransformStream", "MessagePort", "URL", "URLSearchParams",
];
const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

function refuse(value) {
  const what = typeof value === "object" ? `#<${value.constructor?.name ?? "Object"}>` : String(value);
  return new DOMException(`${what.slice(0, 200)} could not be cloned.`, "DataCloneError");
}

function keep(seen, value, copy) {
  seen.set(value, copy);
  return copy;
}

function copyMembers(value, copy, seen) {
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(value, key)) continue; // a getter before it may have taken it away
    const item = cloneAny(value[key], seen);
    Object.defineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
  }
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

function copyException(value, seen) {
  const copy = keep(seen, value, new DOMException(value.message, value.name));
  return copy;
}

function copyView(value, seen) {
  const buffer = cloneAny(value.buffer, seen);
  const length = value instanceof DataView ? value.byteLength : value.length;
  const ViewClass = value instanceof DataView ? DataView : globalThis[tagOf(value)];
  return keep(seen, value, new ViewClass(buffer, value.byteOffset, length));
}

function copyBlob(value, seen) {
  const { type, name, lastModified } = value;
  const copy = value instanceof File ? new File([value], name, { type, lastModified }) : new Blob([value], { type });
  return keep(seen, value, copy);
}

function cloneObject(value, seen) {
  if (ArrayBuffer.isView(value)) return copyView(value, seen);
  if (Array.isArray(value)) return copyMembers(value, keep(seen, value, new Array(value.length)), seen);
  if (value instanceof DOMException) return copyException(value, seen);
  if (value instanceof Error) return copyError(value, seen);
  const tag = tagOf(value);
  if (value instanceof Date) return keep(seen, value, new Date(value.getTime()));
  if (value instanceof RegExp) return keep(seen, value, new RegExp(value.source, value.flags));
  if (value instanceof Map) return copyMap(value, seen);
  if (value instanceof Set) return copySet(value, seen);
  if (value instanceof ArrayBuffer) {
    if (value.detached) throw new DOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
    const options = value.resizable ? { maxByteLength: value.maxByteLength } : undefined;
    const copy = new ArrayBuffer(value.byteLength, options);
    new Uint8Array(copy).set(new Uint8Array(value));
    return keep(seen, value, copy);
  }
  if (value instanceof Blob) return copyBlob(value, seen);
  if (BOXED.has(tag) && typeof value.valueOf() !== "object") return keep(seen, value, Object(value.valueOf()));
  if (UNCLONEABLE.some((name) => globalThis[name] !== undefined && value instanceof globalThis[name])) throw refuse(value);
  return copyMembers(value, keep(seen, value, {}), seen);
}

function cloneAny(value, seen) {
  if (typeof value === "function" || typeof value === "symbol") throw refuse(value);
  if (typeof value !== "object" || value === null) return value;
  return seen.has(value) ? seen.get(value) : cloneObject(value, seen);
}

// A transferred buffer is copied like the others, and detached afterwards.
function checkTransfers(transfer) {
  const list = [...transfer];
  for (const item of list) {
    if (!(item instanceof ArrayBuffer)) throw new DOMException("Value not transferable", "DataCloneError");
    if (item.detached) throw new DOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
  }
  if (new Set(list).size < list.length) throw new DOMException("A buffer is in the list twice", "DataCloneError");
  return list;
}

/** A deep copy of data; DataCloneError for functions, symbols, promises and the like. */
export function structuredClone(value, options = undefined) {
  if (arguments.length === 0) {
    throw Object.assign(new TypeError("The \"value\" argument must be specified"), { code: "ERR_MISSING_ARGS" });
  }
  const transferred = checkTransfers(options?.transfer ?? []);
  const copy = cloneAny(value, new Map());
  for (const buffer of transferred) buffer.transfer();
  return copy;
}
