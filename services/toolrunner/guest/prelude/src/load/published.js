// What a program that has ended may still do: pass on what it made before, by its name.
import { getOwn, mapGet, mapHas, setOwn } from "../core/primordials.js";
import { isStandIn } from "./standins.js";
import { Kind, tokensOf } from "./tokens.js";

// `Object.defineProperty(exports, "agents", { enumerable: true, get: () => agents })`, as compilers and the
// executor write it.
const GETTER =
  /^Object\.defineProperty\(\s*([\w$]+)\s*,\s*("(?:[^"\\]|\\.)*"|'[^'\\]*')\s*,\s*\{(?:\s*(?:enumerable|configurable)\s*:\s*(?:true|!0)\s*,)*\s*get\s*:\s*(?:\(\)\s*=>\s*|function\s*\(\)\s*\{\s*return\s+)([\w$]+)\s*;?\s*\}?\s*\}\s*\)\s*;?$/;
// `for (var i in made) target[i] = made[i];`, as webpack writes it.
const LOOP = /^for\s*\(\s*(?:var|let|const)\s+([\w$]+)\s+in\s+([\w$]+)\s*\)\s*\{?\s*([\w$]+)\[\1\]\s*=\s*\2\[\1\];?\s*\}?$/;
const EXPORTS = /^(?:module\.)?exports(?:\.[\w$]+)?$/;
const MAX_TEXT = 500;
const WORDS = new Map([["true", true], ["false", false], ["null", null]]);
const NUMBER = /^\d+$/;

const isHolder = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

// A member that is there as it is: nothing of the program runs to get it.
function member(value, key) {
  return isHolder(value) && !isStandIn(value) ? getOwn(value, key)?.value : undefined;
}

function isFree(holder, key) {
  if (!isHolder(holder) || isStandIn(holder)) return false;
  const own = getOwn(holder, key);
  return own === undefined || (own.configurable && own.value === undefined && own.get === undefined);
}

function give(holder, key, property) {
  Object.defineProperty(holder, key, { ...property, enumerable: true, configurable: true });
  return property.value ?? holder;
}

// All members of one object, for another that has none of them.
function passedOn(from, to) {
  if (!isHolder(from) || isStandIn(from)) return undefined;
  const keys = Object.keys(from);
  if (keys.length === 0 || !keys.every((key) => isFree(to, key))) return undefined;
  for (const key of keys) give(to, key, getOwn(from, key));
  return to;
}

function keyOf(token) {
  if (token?.kind === Kind.NAME || token?.kind === Kind.KEYWORD) return token.text;
  return token?.kind === Kind.STRING && !token.text.includes("\\") ? token.text.slice(1, -1) : undefined;
}

/** Reads a value from its tokens; what it cannot read is undefined. */
function createReader(tokens, variables) {
  let at = 0;
  const is = (text) => tokens[at]?.text === text && tokens[at].kind === Kind.MARK;

  function path() {
    let value = variables(tokens[at++].text)[1];
    while (is(".") && tokens[at + 1]?.kind === Kind.NAME) {
      value = member(value, tokens[at + 1].text);
      at += 2;
    }
    return value;
  }

  function literal() {
    const token = tokens[at++];
    if (token?.kind === Kind.STRING) return keyOf(token);
    if (token?.kind === Kind.OTHER && NUMBER.test(token.text)) return +token.text;
    return mapHas(WORDS, token?.text) ? mapGet(WORDS, token.text) : undefined;
  }

  // `{ agents, id: "a", more: made.more }`
  function object() {
    const made = {};
    for (at++; !is("}"); ) {
      const key = keyOf(tokens[at]);
      if (key === undefined || key === "__proto__") return undefined;
      if (tokens[at + 1]?.text === ":") at += 2;
      const value = any();
      if (value === undefined) return undefined;
      setOwn(made, key, value);
      if (is(",")) at++;
      else if (!is("}")) return undefined;
    }
    at++;
    return made;
  }

  function any() {
    if (is("{")) return object();
    return tokens[at]?.kind === Kind.NAME ? path() : literal();
  }

  /** The value of all tokens from this one on. */
  function from(begin) {
    at = begin;
    const value = any();
    if (is(";")) at++;
    return at === tokens.length ? value : undefined;
  }

  return { from };
}

// Where the value begins in `a = ...`, `e.a = ...` and `module.exports.a = ...`; 0 for what sets nothing, such as what
// is exported as the default; undefined for what may restrict something that was made, `tools.wipe.needsApproval = ...`.
function valueStart(tokens, variables) {
  let at = 1;
  while (tokens[at]?.text === "." && tokens[at + 1]?.kind === Kind.NAME) at += 2;
  if (tokens[0]?.kind !== Kind.NAME || tokens[at]?.text !== "=") return 0;
  const path = tokens.slice(0, at).map((each) => each.text).join("");
  if (at === 1 || EXPORTS.test(path)) return at + 1;
  const isNew = at === 3 && member(variables(tokens[0].text)[1], tokens[2].text) === undefined;
  return isNew && tokens.length - at <= 3 ? at + 1 : undefined;
}

/**
 * The value that a statement passes on, undefined for any other; `variables(name)` as of the shim. It is
 * assigned by the caller, but for a getter's, which is put in place here.
 */
export function publishedBy(text, variables) {
  if (text === undefined || text.length > MAX_TEXT) return undefined;
  const trimmed = text.trim();
  const [, target, quoted, name] = GETTER.exec(trimmed) ?? [];
  if (name === undefined) {
    const [, , from, to] = LOOP.exec(trimmed) ?? [];
    if (to !== undefined) return passedOn(variables(from)[1], variables(to)[1]);
    const tokens = tokensOf(trimmed) ?? [];
    const begin = valueStart(tokens, variables);
    return begin === undefined ? undefined : createReader(tokens, variables).from(begin);
  }
  const value = variables(name)[1];
  const holder = value === undefined ? undefined : variables(target)[1];
  const key = quoted[0] === '"' ? JSON.parse(quoted) : quoted.slice(1, -1);
  return isFree(holder, key) ? give(holder, key, { value }) : undefined;
}
