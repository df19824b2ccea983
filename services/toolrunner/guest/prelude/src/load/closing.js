// What a failed statement was to change does not count as made: a wrapper that was not put around tools
// must not leave them running without it. Which values these are is read from the statement's text
// (uses.js) and from the functions that it calls (changes.js).
import { apply, getOwn, isArray, mapForEach, mapSet, NativeError, ownKeys } from "../core/primordials.js";
import { isAgent } from "../dispatch/agents.js";
import { isHolder, isPlain, own } from "../dispatch/names.js";
import { createChanges, isClass, textOf } from "./changes.js";
import { declaredBy, makesValue } from "./remainder.js";
import { isStandIn } from "./standins.js";
import { usesOf } from "./uses.js";

const MAX_TEXT = 200_000;
const MAX_OBJECTS = 20_000;
const MAX_DEPTH = 12;

// Objects of Node and the language whose methods change nothing of a bundle.
const OUTSIDE = new Set(["console", "process", "JSON", "Math", "Promise", "performance", "Intl"]);
const GLOBALS = new Set(["globalThis", "global", "self"]);
const HARMLESS = new Set([
  "then", "catch", "finally", "log", "info", "warn", "error", "debug", "trace", "verbose", "silly", "notice", "fatal", "success", "table", "dir",
]);
// What opens or closes a way to the outside, or reads arguments.
const OPENS = new Set([
  "listen", "serve", "close", "connect", "disconnect", "parse", "parseAsync", "on", "once", "off", "end", "ready", "start",
  "startStdio", "startHTTP", "startSSE", "launch",
]);
// What runs an agent or a tool.
const RUNS = new Set([
  "run", "execute", "invoke", "generate", "generateText", "generateObject", "stream", "streamText", "ask", "chat",
  "prompt", "send", "query", "kickoff", "resume", "network",
]);

// Members in which a framework keeps what it calls.
const CALLED_OF_TOOLS = ["execute", "invoke", "handler"];
const CALLED = new Set([...CALLED_OF_TOOLS, "tools"]);
// Members of an agent that are more than settings of it.
const HELD = new Set(["tools", "agents"]);
const EXPORTS = /^(?:module\.)?exports(?:\.[\w$]+)?\s*=(?![=>])/;
const ASSIGNMENT = /^([\w$]+)\s*=(?![=>])/;
// Why statements did not run that an exception kept from it.
const NO_END = Object.freeze({ __proto__: null, ends: false });
// Schemas and models are shared, and no wrapper of a tool changes them.
const SHARED = new Set(["inputSchema", "outputSchema", "parameters", "schema", "model", "_zod", "_def", "~standard"]);

// The getter of a module's export.
const EXPORT =
  /^(?:get\s*\w*\(\)|function\s*\w*\(\)|\(\)\s*=>)\s*(?:\{\s*return\s)?\s*\(?(?:\/\*[^*]*\*\/)?\s*[\w$.]+(?:\[[\w$"']+\])?\)?\s*;?\s*\}?$/;

// What defines a function or a class and runs nothing of it.
const ARROW = /^[\w$]+\s*=\s*(?:async\b\s*)?(?:\([^()]*\)|[\w$]+)\s*=>/;
const FUNCTION = /^[\w$]+\s*=\s*(?:async\s+)?function\b[^]*\}$/;
const CLASS = /^(?:export\s+)?(?:default\s+)?(?:[\w$]+\s*=\s*)?class\b[\w$\s.]*\{/;
const RUNS_IN_CLASS = /\bstatic\b|@|[;{}]\s*\[/;

function onlyDefines(text) {
  return ARROW.test(text) || FUNCTION.test(text) || (CLASS.test(text) && !RUNS_IN_CLASS.test(text));
}

const canBeClosed = (value) => isHolder(value) && !isStandIn(value);

/** Whether a value is a tool by its form. */
export const isTool = (value) => CALLED_OF_TOOLS.some((key) => typeof own(value, key) === "function");

/**
 * `variables(name)` gives the values of a name where the statement is, `captured(fn)` the variables that
 * a function of the bundle captured, undefined for other values; `incomplete` keeps what does not count
 * as made.
 */
export function createClosing({ variables, captured, incomplete }) {
  const changes = createChanges((fn) => captured(fn) ?? []);
  const isOwn = (value) => typeof value === "function" && captured(value) !== undefined;
  let given = new Set(); // the names of globals that are not the bundle's
  let locals = new Map(); // values that variables were to have, by the names
  let closedByEnd = new Set(); // what the end of the program closed: nothing runs after it that changes this

  /** A load begins: whatever is global now is not the bundle's. */
  function begin() {
    given = new Set(ownKeys(globalThis));
    closedByEnd = new Set();
  }

  function rootsOf(name) {
    const found = variables(name);
    if (found.length > 0) return found.filter((each, i) => i % 2 === 1);
    if (locals.has(name)) return locals.get(name);
    if (GLOBALS.has(name)) return [globalThis];
    return given.has(name) ? [] : [getOwn(globalThis, name)?.value];
  }

  const isGiven = (name) => given.has(name) && !locals.has(name) && variables(name).length === 0;

  function member(value, key) {
    for (let each = value; isHolder(each) && !isStandIn(each); each = Object.getPrototypeOf(each)) {
      const found = getOwn(each, key);
      if (found?.get !== undefined && EXPORT.test(textOf(found.get))) return apply(found.get, value, []);
      if (found !== undefined) return found.value;
    }
    return undefined;
  }

  // As far as a path has values; of getters only those are called that a bundler wrote. A tool or agent
  // on the way is meant as well where a setting of it is: `tool.inputGuardrails.push(...)`.
  function valuesAt(path) {
    return rootsOf(path[0]).flatMap((root) => {
      let value = root;
      let owner;
      for (const key of path.slice(1)) {
        const next = member(value, key);
        if (isTool(value) || isAgent(value)) owner = HELD.has(key) ? undefined : value;
        if (!isHolder(next)) break;
        value = next;
      }
      return owner === undefined ? [value] : [value, owner];
    });
  }

  function calleesOf({ path }) {
    if (path === undefined) return [];
    const exact = (root) => path.slice(1).reduce(member, root);
    return rootsOf(path[0]).map(exact).filter((each) => typeof each === "function");
  }

  /** What a call changes: its receiver, the values that it gets (agents or not), what its function captured. */
  function effectOf(call, makesValue) {
    const { path, name, isNew, isDetached } = call;
    const nothing = { receiver: false, values: false, captured: false };
    const everything = { receiver: true, values: true, captured: true };
    const isMethod = (path === undefined || path.length > 1) && !isDetached;
    if (isMethod && path !== undefined && OUTSIDE.has(path[0]) && isGiven(path[0])) return nothing;
    if (isMethod && HARMLESS.has(name)) return nothing;
    if (path?.length === 1 && isGiven(name)) return nothing;
    const callees = calleesOf(call);
    const ofBundle = callees.filter(isOwn);
    // Functions of Node's modules change nothing of a bundle; those of the language have no text.
    if (callees.length > 0 && ofBundle.length === 0 && callees.every((fn) => textOf(fn) !== "")) return nothing;
    if (makesValue && isNew) return nothing; // it makes a value of what it is given
    if (makesValue || isNew) {
      const may = ofBundle.some((fn) => changes.mayChangeTools(fn)) || (isNew && ofBundle.length === 0 && !isGiven(name));
      return may ? everything : nothing;
    }
    if (isMethod && OPENS.has(name)) return { ...nothing, values: true, isWay: true };
    if (isMethod && RUNS.has(name)) return { ...nothing, values: true, butAgents: true, isWay: true };
    if (ofBundle.length > 0 && !ofBundle.some((fn) => changes.mayChange(fn))) return nothing;
    return everything;
  }

  // What a use is of; what a call gives may be whatever its function captured, or its receiver holds.
  function valuesOf({ path, of, isDeleted }) {
    const isCalled = isDeleted && CALLED.has(path.at(-1));
    if (of === undefined) return valuesAt(isCalled ? path.slice(0, -1) : path);
    const made = calleesOf(of).filter(isOwn).flatMap((fn) => changes.reached(fn, 1));
    return of.path?.length > 1 && !of.isDetached ? made.concat(valuesAt(of.path.slice(0, -1))) : made;
  }

  // The values that a statement was to change.
  function changedBy({ calls, uses }, makesValue, fault) {
    const effects = new Map(calls.map((call) => [call, effectOf(call, makesValue)]));
    const found = [];
    for (const use of uses) {
      const its = use.calls.map((call) => effects.get(call));
      if (its.length === 0 && makesValue) {
        // The stand-in says nothing as a setting that nobody asks for.
        if (fault.ends) found.push(...valuesOf(use).filter(isTool));
        continue;
      }
      if (effects.get(use.of)?.isWay) continue; // an answer, not a tool
      if (its.length > 0 && !its.some((each) => (use.isReceiver ? each.receiver : each.values))) continue;
      const butAgents = its.length > 0 && its.every((each) => !each.values || each.butAgents);
      found.push(...valuesOf(use).filter((each) => !(butAgents && isAgent(each))));
    }
    for (const [call, effect] of effects) {
      if (effect.captured) found.push(...calleesOf(call).filter(isOwn).flatMap((fn) => changes.reached(fn)));
    }
    return found;
  }

  /** Count everything that these values lead to as not made; false if that is too much. */
  function close(values, fault, unmade) {
    const seen = fault.ends ? closedByEnd : new Set();
    const most = seen.size + MAX_OBJECTS;
    let next = values;
    for (let depth = 0; next.length > 0 && depth < MAX_DEPTH; depth++) {
      const held = [];
      for (const value of next) {
        if (!isHolder(value) || seen.has(value) || isStandIn(value) || value === globalThis) continue;
        seen.add(value);
        if (seen.size > most) return false;
        if (!isClass(value)) incomplete.doubt(value, fault);
        if (isOwn(value) && changes.mayChangeTools(value)) held.push(...changes.reached(value, 0));
        if (holdsOwn(value)) held.push(...closed(value, unmade));
        if (held.length > MAX_OBJECTS) return false;
      }
      next = held.filter((each) => isHolder(each) && !seen.has(each));
    }
    return next.length === 0;
  }

  // A tool may be a function of the sandbox's own packages, which keeps what it was made of.
  const holdsOwn = (value) => (typeof value === "function" ? isOwn(value) || Object.hasOwn(value, "config") : !ArrayBuffer.isView(value));

  // Puts `unmade` in place of what a value has to be called; returns what it holds.
  function closed(value, unmade) {
    const held = [];
    const isMadeOfThem = isPlain(value) || isArray(value);
    for (const key of ownKeys(value)) {
      const found = typeof key === "string" ? getOwn(value, key) : undefined;
      if (found === undefined || !("value" in found) || SHARED.has(key)) continue;
      const isFunction = typeof found.value === "function" && !isStandIn(found.value);
      const isCalled = isFunction && (CALLED.has(key) || (isMadeOfThem && isOwn(found.value) && !isClass(found.value)));
      if (isCalled && found.writable) value[key] = unmade;
      held.push(found.value);
    }
    if (value instanceof Map) {
      mapForEach(value, (each, key) => {
        held.push(each);
        if (isOwn(each) && !isClass(each)) mapSet(value, key, unmade);
      });
    }
    if (value instanceof Set) held.push(...value);
    return held;
  }

  /**
   * Read what a statement does, by its text: undefined if that cannot be read. With `runs` it has statements
   * of its own although it makes a value: a class with a static block.
   */
  function read(text) {
    if (text !== undefined && onlyDefines(text)) return { calls: [], uses: [], sets: [], runs: false };
    if (text === undefined || text.length > MAX_TEXT) return undefined;
    return { ...usesOf(text), runs: CLASS.test(text) };
  }

  /**
   * What these statements of a running function were to change: `{values, variables}`, those by their names and what
   * they are now; undefined if that is too much to tell. `isOwn(name)` tells the function's own variables.
   */
  function changedByAll(statements, isOwn) {
    const found = [];
    const set = new Map();
    locals = new Map();
    try {
      for (const text of statements) {
        if (EXPORTS.test(text)) continue; // it restricts nothing
        const statement = read(text);
        if (statement === undefined) return undefined;
        found.push(...changedBy(statement, makesValue(text), NO_END));
        const names = [...statement.sets, ASSIGNMENT.exec(text)?.[1] ?? ""];
        for (const name of names) if (!locals.has(name) && !isOwn(name)) set.set(name, variables(name));
        const declared = declaredBy(text);
        if (declared.length === 0) continue;
        const values = statement.uses.flatMap(valuesOf);
        for (const name of declared) locals.set(name, values);
      }
    } finally {
      locals = new Map();
    }
    const held = [...set].filter(([, values]) => values.length > 0).map(([name, values]) => [name, values[1]]);
    return { values: found.filter(canBeClosed), variables: held };
  }

  /** The values that a call of a function may change without being given them. */
  const changedByCall = (fn) => ({ values: changes.mayChange(fn) ? changes.reached(fn).filter(canBeClosed) : [], variables: [] });

  /** Count what `changedByAll` gives as not made, and with undefined everything. `unmade` stands for it. */
  function closeChanged(changed, fault, unmade) {
    if (changed === undefined || !close(changed.values, fault, unmade)) return incomplete.doubtAll(fault);
    for (const [name, value] of changed.variables) incomplete.doubtVariable(name, value, fault);
  }

  /** Whether a statement calls functions that make something, or that only check something. */
  const calls = ({ calls: all }, test) => all.some((call) => calleesOf(call).some((fn) => isOwn(fn) && changes[test](fn)));

  /** A statement failed: count what it was to change as not made. `unmade` stands for it. */
  function failed(statement, makesValue, fault, unmade) {
    if (statement === undefined && makesValue) return;
    try {
      const changed = statement && changedBy(statement, makesValue && !statement.runs, fault);
      if (changed !== undefined && close(changed, fault, unmade)) return;
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
    }
    incomplete.doubtAll(fault);
  }

  return { begin, read, failed, changedByAll, changedByCall, closeChanged, makes: (statement) => calls(statement, "makes"), checks: (statement) => calls(statement, "checks") };
}
