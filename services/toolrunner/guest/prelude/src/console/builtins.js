// Formats objects: a table by class, then plain objects.
import { framesBelow } from "../core/stack.js";
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
  const tag = Object.hasOwn(value, Symbol.toStringTag) && Object.getOwnPropertyDescriptor(value, Symbol.toStringTag).enumerable ? "" : value[Symbol.toStringTag];
  const suffix = typeof tag === "string" && tag !== "" && tag !== name ? ` [${tag}]` : "";
  if (name === null) return `[${plain}: null prototype]${suffix}`;
  return name === plain ? (suffix === "" ? "" : `${plain}${suffix}`) : `${name}${suffix}`;
}

const MAX_BYTES = 50;
const MAX_HOLES = 1000;
const isIndex = (key) => typeof key === "string" && /^(0|[1-9]\d*)$/.test(key);

function list(run, items, total, depth) {
  const texts = [];
  for (const item of items) {
    if (texts.length >= run.maxItems || run.left <= 0) break;
    texts.push(run.value(item, depth + 1));
  }
  return withRest(texts, total - texts.length);
}

function withRest(texts, rest) {
  return rest > 0 ? [...texts, `... ${rest} more item${rest > 1 ? "s" : ""}`] : texts;
}

// Index of the first item at or after this one, or the length. A long run of holes is not walked.
function nextItem(value, from) {
  const end = Math.min(value.length, from + MAX_HOLES);
  for (let at = from; at < end; at++) if (Object.hasOwn(value, at)) return at;
  if (end === value.length) return end;
  for (const key of Object.keys(value)) if (isIndex(key) && Number(key) >= end) return Number(key);
  return value.length;
}

// Items of an array, with runs of holes as one text each.
function arrayItems(run, value, depth) {
  const texts = [];
  let at = 0;
  while (at < value.length && texts.length < run.maxItems && run.left > 0) {
    const item = nextItem(value, at);
    if (item > at) texts.push(`<${item - at} empty item${item - at > 1 ? "s" : ""}>`);
    else texts.push(run.value(value[at], depth + 1));
    at = Math.max(item, at + (item > at ? 0 : 1));
  }
  return { items: withRest(texts, value.length - at), isCut: at < value.length };
}

// No method that makes an array: it would be of the class that the value's own species names.
const isNumber = (value) => typeof value === "number" || typeof value === "bigint";

// No method that makes an array: it would be of the class that the value's own species names.
function areNumbers(values, most) {
  for (let i = 0; i < values.length && i < most; i++) if (!isNumber(values[i])) return false;
  return true;
}

const showArguments = (run, value, depth) => run.wrap("[Arguments]", "{", "}", run.properties(value, depth), depth);

function showArray(run, value, depth) {
  const name = className(value);
  const prefix = name === "Array" ? "" : `${name ?? "[Array: null prototype]"}(${value.length})`;
  const extra = run.properties(value, depth, isIndex);
  const { items, isCut } = arrayItems(run, value, depth);
  const grouping = extra.length > 0 ? undefined : { extra: isCut ? 1 : 0, isNumeric: areNumbers(value, run.maxItems) };
  return run.wrap(prefix, "[", "]", [...items, ...extra], depth, grouping);
}

function showTyped(run, value, depth) {
  const prefix = `${className(value)}(${value.length})`;
  const grouping = { extra: value.length > run.maxItems ? 1 : 0, isNumeric: true };
  return run.wrap(prefix, "[", "]", list(run, value, value.length, depth), depth, grouping);
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
  const head = errorHead(value);
  const frames = run.cleanStack(framesBelow(head, typeof value.stack === "string" ? value.stack : ""));
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
  const parent = isClass ? Object.getPrototypeOf(value)?.name : "";
  const text = isClass ? `[class ${name}${parent ? ` extends ${parent}` : ""}]` : `[${tagOf(value)}${value.name === "" ? " " : ": "}${name}]`;
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
  if (value.detached) return run.wrap("ArrayBuffer", "{", "}", ["(detached)", "[byteLength]: 0"], depth);
  const shown = [...new Uint8Array(value, 0, Math.min(value.byteLength, MAX_BYTES))];
  const rest = value.byteLength - shown.length;
  const bytes = shown.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const more = rest > 0 ? ` ... ${rest} more byte${rest > 1 ? "s" : ""}` : "";
  return run.wrap("ArrayBuffer", "{", "}", [`[Uint8Contents]: <${bytes}${more}>`, `[byteLength]: ${value.byteLength}`], depth);
}

function showView(run, value, depth) {
  const members = [`[byteLength]: ${value.byteLength}`, `[byteOffset]: ${value.byteOffset}`, `[buffer]: ${run.value(value.buffer, depth + 1)}`];
  return run.wrap("DataView", "{", "}", members, depth);
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

// Distinguished by class, not only by tag: any object may have a tag.
const CLASSES = { Map, Set, Date, RegExp, Promise, WeakMap, WeakSet, ArrayBuffer, Number, String, Boolean, Symbol, BigInt };

function showerOf(value) {
  if (typeof value === "function") return showFunction;
  if (Array.isArray(value)) return showArray;
  if (value instanceof Error) return showError;
  if (value instanceof TypedArray) return showTyped;
  if (value instanceof DataView) return showView;
  const tag = tagOf(value);
  if (tag === "Arguments" && !Object.hasOwn(value, Symbol.toStringTag)) return showArguments;
  const expected = CLASSES[tag];
  return expected !== undefined && value instanceof expected ? BY_TAG[tag] : showPlain;
}

function isLeaf(shower) {
  return shower === showError || shower === showFunction || shower === showDate || shower === showBoxed;
}

// Empty objects are shown at any depth.
function isEmpty(shower, value) {
  if (shower === showArray || shower === showTyped) return value.length === 0;
  if (shower === showMap || shower === showSet) return value.size === 0;
  return shower === showPlain && Object.keys(value).length === 0;
}

/** Text of an object; beyond the depth limit only the name of its class. */
export function formatBuiltin(run, value, depth) {
  const shower = showerOf(value);
  if (depth > run.maxDepth && !isLeaf(shower) && !isEmpty(shower, value)) {
    return `[${className(value) ?? "Object: null prototype"}]`;
  }
  return shower(run, value, depth);
}
