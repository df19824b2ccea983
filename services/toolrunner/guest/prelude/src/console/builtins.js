// How each class of object is shown: a table by class, then plain objects.
import { quote } from "./layout.js";

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
const TypedArray = Object.getPrototypeOf(Uint8Array);

/** Name of the class of an object, "" for a plain one, null without a prototype. */
function className(value) {
  for (let at = value, hops = 0; at !== null && hops < 32; at = Object.getPrototypeOf(at), hops++) {
    const own = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof own === "function" && own.name !== "") return own.name;
  }
  return null;
}

function prefixOf(value, plain) {
  const name = className(value);
  const tag = value[Symbol.toStringTag];
  const suffix = typeof tag === "string" && tag !== "" && tag !== name ? ` [${tag}]` : "";
  if (name === null) return `[${plain}: null prototype]${suffix}`;
  return name === plain ? suffix.trim() : `${name}${suffix}`;
}

const isIndex = (key) => typeof key === "string" && /^(0|[1-9]\d*)$/.test(key);

function list(run, items, total, depth) {
  const texts = [];
  for (const item of items) {
    if (texts.length >= run.maxItems || run.left <= 0) break;
    texts.push(run.value(item, depth + 1));
  }
  if (total > texts.length) {
    const rest = total - texts.length;
    texts.push(`... ${rest} more item${rest > 1 ? "s" : ""}`);
  }
  return texts;
}

function showArray(run, value, depth) {
  const name = className(value);
  const prefix = name === "Array" ? "" : `${name ?? "[Array: null prototype]"}(${value.length})`;
  const extra = run.properties(value, depth, isIndex);
  return run.wrap(prefix, "[", "]", [...list(run, value, value.length, depth), ...extra], depth);
}

function showTyped(run, value, depth) {
  const prefix = `${className(value)}(${value.length})`;
  return run.wrap(prefix, "[", "]", list(run, value, value.length, depth), depth);
}

function showMap(run, value, depth) {
  const texts = [];
  for (const [key, item] of value) {
    if (texts.length >= run.maxItems || run.left <= 0) break;
    texts.push(`${run.value(key, depth + 1)} => ${run.value(item, depth + 1)}`);
  }
  if (value.size > texts.length) texts.push(`... ${value.size - texts.length} more items`);
  return run.wrap(`${className(value)}(${value.size})`, "{", "}", texts, depth);
}

function showSet(run, value, depth) {
  const texts = list(run, value, value.size, depth);
  return run.wrap(`${className(value)}(${value.size})`, "{", "}", texts, depth);
}

function errorHead(value) {
  const name = `${value.name ?? "Error"}`;
  const message = `${value.message ?? ""}`;
  return message === "" ? name : `${name}: ${message}`;
}

function showError(run, value, depth) {
  const frames = run.cleanStack(typeof value.stack === "string" ? value.stack : "");
  const head = errorHead(value);
  let text = frames === "" ? `[${head}]` : `${head}\n${frames}`;
  if (depth > 0) text = text.replaceAll("\n", `\n${"  ".repeat(depth)}`);
  const extra = run.properties(value, depth, (key) => key === "stack" || key === "message");
  if (Object.hasOwn(value, "cause")) extra.push(`[cause]: ${run.value(value.cause, depth + 1)}`);
  if (Array.isArray(value.errors)) extra.push(`[errors]: ${run.value(value.errors, depth + 1)}`);
  return extra.length === 0 ? text : run.wrap(text, "{", "}", extra, depth);
}

function showFunction(run, value, depth) {
  const source = Function.prototype.toString.call(value);
  const isClass = source.startsWith("class");
  const name = value.name === "" ? "(anonymous)" : `${value.name}`;
  const text = isClass ? `[class ${name}]` : `[${tagOf(value)}${value.name === "" ? " " : ": "}${name}]`;
  const extra = run.properties(value, depth);
  return extra.length === 0 ? text : run.wrap(text, "{", "}", extra, depth);
}

function showDate(run, value) {
  return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
}

function showBoxed(run, value) {
  const inner = value.valueOf();
  return `[${tagOf(value)}: ${typeof inner === "string" ? quote(inner) : String(inner)}]`;
}

function showBuffer(run, value, depth) {
  return run.wrap("ArrayBuffer", "{", "}", [`byteLength: ${value.byteLength}`], depth);
}

function showPlain(run, value, depth) {
  return run.wrap(prefixOf(value, "Object"), "{", "}", run.properties(value, depth), depth);
}

const BY_TAG = {
  Array: showArray,
  Map: showMap,
  Set: showSet,
  Error: showError,
  Date: showDate,
  RegExp: (run, value) => `${value}`,
  Promise: () => "Promise { <state unknown> }",
  WeakMap: () => "WeakMap { <items unknown> }",
  WeakSet: () => "WeakSet { <items unknown> }",
  Number: showBoxed,
  String: showBoxed,
  Boolean: showBoxed,
  Symbol: showBoxed,
  BigInt: showBoxed,
  ArrayBuffer: showBuffer,
};

// Told apart by class, not by a tag alone: any object may carry a tag.
const CLASSES = { Map, Set, Date, RegExp, Promise, WeakMap, WeakSet, ArrayBuffer, Number, String, Boolean, Symbol, BigInt };

function showerOf(value) {
  if (typeof value === "function") return showFunction;
  if (Array.isArray(value)) return showArray;
  if (value instanceof Error) return showError;
  if (value instanceof TypedArray) return showTyped;
  const tag = tagOf(value);
  const expected = CLASSES[tag];
  return expected !== undefined && value instanceof expected ? BY_TAG[tag] : showPlain;
}

function isLeaf(shower) {
  return shower === showError || shower === showFunction || shower === showDate || shower === showBoxed;
}

/** Text of an object; beyond the depth limit only the name of its class. */
export function formatBuiltin(run, value, depth) {
  const shower = showerOf(value);
  if (depth > run.maxDepth && !isLeaf(shower)) {
    return `[${className(value) ?? "Object: null prototype"}]`;
  }
  return shower(run, value, depth);
}
