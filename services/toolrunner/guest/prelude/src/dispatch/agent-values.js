// What agents say of themselves, in the forms in which frameworks take it.
import { notAvailable } from "../core/errors.js";
import { isStandIn } from "../load/standins.js";
import { isObject, read } from "./names.js";

const MAX_TEXTS = 1000;
const MAX_DEPTH = 4;

/** What kind of value a value is, in words. */
export function kindOf(value) {
  if (value === undefined) return "undefined";
  return Array.isArray(value) ? "an array" : isObject(value) ? "an object" : `a ${typeof value}`;
}

// The texts of a text, of a message `{role, content}`, or of several of them.
function addTexts(value, texts, depth) {
  if (value === undefined || value === null) return;
  if (texts.length >= MAX_TEXTS) throw new RangeError(`they are more than ${MAX_TEXTS} texts`);
  if (typeof value === "string") texts.push(value);
  else if (depth > 0 && Array.isArray(value)) for (const each of value) addTexts(each, texts, depth - 1);
  else {
    const content = depth > 0 ? (read(value, "content") ?? read(value, "text") ?? read(value, "parts")) : undefined;
    if (content === undefined) throw new TypeError(`they are no text and no message, but ${kindOf(value)}`);
    addTexts(content, texts, depth - 1);
  }
}

/** The texts of instructions, in whatever form a framework takes them. */
export function textsOf(value) {
  const texts = [];
  addTexts(value, texts, MAX_DEPTH);
  return texts;
}

/** A model as `{id}`, what the bundle calls it, or `{provider, id}`, as a provider's object says. */
export function modelOf(value) {
  if (typeof value === "string") return { id: value };
  if (isStandIn(value)) throw notAvailable("it is made by a package that is not in the bundle");
  const inner = read(value, "model");
  if (isObject(inner) || (typeof inner === "string" && read(value, "modelId") === undefined)) return modelOf(inner);
  const id = read(value, "modelId") ?? read(value, "id");
  const provider = read(value, "provider") ?? read(value, "providerId");
  if (typeof id !== "string") throw new TypeError("it is an object that does not tell its id");
  return typeof provider === "string" ? { provider, id } : { id };
}

/** The runtime context that functions of an agent's settings see: its own, under that of the request. */
export function runtimeContextOf(settings, given) {
  return isObject(settings.runtimeContext) ? { ...settings.runtimeContext, ...given.request } : given.request;
}
