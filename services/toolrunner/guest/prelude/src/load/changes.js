// Whether a function of the bundle may change objects that it did not make, by its text and by those of
// the functions that it captured. Too much counts as change rather than too little.
import { apply, NativeError } from "../core/primordials.js";

const MAX_TEXT = 20_000;
const MAX_DEPTH = 2;
const MAX_FUNCTIONS = 64;
const { toString } = Function.prototype;

const CLASS = /^class\b/;
const NATIVE = /\{\s*\[native code\]\s*\}$/;
const SETS = "\\s*(?:\\*\\*|<<|>>>?|&&|\\|\\||\\?\\?|[-+*/%&|^])?=(?![=>])";
const MEMBER_SET = new RegExp(`(?<!\\bthis)\\.\\s*#?[\\w$]+${SETS}|\\]${SETS}`);
const OWN_SET = new RegExp(`\\bthis\\.\\s*#?[\\w$]+${SETS}`);
const BY_BUILTIN =
  /\b(?:Object\s*\.\s*(?:assign|define\w+|setPrototypeOf|freeze)|Reflect\s*\.\s*(?:set\w*|define\w+|deleteProperty))\b|\bdelete\s|\.(?:set|splice|fill|copyWithin)\s*\(/;
const TOOL_SET = new RegExp(`\\.\\s*(?:execute|invoke|handler|tools)${SETS}`);
const OF_TOOLS = /\b(?:execute|invoke|tools)\b/;
const THROWS = /\bthrow\b/;

const escaped = (name) => name.replaceAll("$", "\\$");

/** Whether a value is a class of the bundle. */
export const isClass = (value) => CLASS.test(textOf(value));

/** The text of a function of the bundle; "" for any other value. */
export function textOf(value) {
  if (typeof value !== "function") return "";
  try {
    const text = apply(toString, value, []);
    return NATIVE.test(text) ? "" : text;
  } catch (error) {
    if (error instanceof NativeError) return "";
    throw error;
  }
}

const changesAnything = (text) => text.length > MAX_TEXT || MEMBER_SET.test(text) || BY_BUILTIN.test(text);

// What makes a value may set much on the way, so only what looks like a change of tools counts.
function changesTools(text) {
  if (TOOL_SET.test(text)) return true;
  return text.length <= MAX_TEXT && OF_TOOLS.test(text) && changesAnything(text);
}

/** `captured(fn)` lists the variables that a function captured: a name, its value, and so on. */
export function createChanges(captured) {
  const valuesOf = (fn) => captured(fn).filter((each, i) => i % 2 === 1);
  const namesOf = (fn) => captured(fn).filter((each, i) => i % 2 === 0);

  function some(fn, test, depth, seen) {
    const text = textOf(fn);
    if (text === "" || seen.has(fn)) return false;
    seen.add(fn);
    if (test(text) || seen.size > MAX_FUNCTIONS) return true;
    return depth > 0 && valuesOf(fn).some((each) => !isClass(each) && some(each, test, depth - 1, seen));
  }

  /** Whether a function may change what it is given or captured. */
  const mayChange = (fn) => some(fn, changesAnything, MAX_DEPTH, new Set());

  /** Whether a function that makes a value may change tools as well. */
  const mayChangeTools = (fn) => some(fn, changesTools, 1, new Set());

  /** Whether a function sets a variable outside, or members of what it knows, so that it makes something. */
  function makes(fn) {
    const text = textOf(fn);
    if (OWN_SET.test(text) || changesAnything(text)) return true;
    return namesOf(fn).some((name) => new RegExp(`(?<![\\w$.])${escaped(name)}${SETS}`).test(text));
  }

  /** Whether a function only checks something: it throws, and changes and makes nothing. */
  const checks = (fn) => THROWS.test(textOf(fn)) && !makes(fn) && !mayChange(fn);

  /** What a function and those that it captured can reach without being given it. */
  function reached(fn, depth = MAX_DEPTH, seen = new Set()) {
    if (seen.has(fn) || textOf(fn) === "") return [];
    seen.add(fn);
    const own = valuesOf(fn);
    return own.concat(depth > 0 ? own.flatMap((each) => reached(each, depth - 1, seen)) : []);
  }

  return { mayChange, mayChangeTools, makes, checks, reached };
}
