// Functions of the program that an exception interrupts while it loads: what they were still to change does
// not count as made, if nothing of the program catches the exception, or if Node would not have raised it.
import { kindOf, refusalBehind } from "../core/errors.js";
import { Kind, PROGRAM_FILE } from "../core/kinds.js";
import { isClass, textOf } from "./changes.js";
import { offsetIn, remainderOf, remainderOfTry } from "./remainder.js";
import { HEAD } from "./wrapper.js";

const MAX_TEXT = 200_000; // of a function that is read
const MAX_READ = 1_000_000; // of all functions
const MAX_LARGE = 16; // times that a larger one is looked through for a `try`
const MAX_INTERRUPTED = 1000;
const MAX_CAUSES = 8;

const CONSTRUCTOR = /(?<![\w$#.])constructor\s*\(/;
const WRAPPER = HEAD.slice(1); // as the text of its function begins
const NOTHING = Object.freeze({ values: [], variables: [] });
const ABSENT = "ENOENT"; // as on the empty disk of a Node

const isOurs = (error) => kindOf(error) === Kind.LOAD_FAILED || (refusalBehind(error) !== undefined && error.code !== ABSENT);

function isBehind(error, other) {
  for (let each = other, depth = 0; depth < MAX_CAUSES; depth++) {
    if (each === error) return true;
    if (typeof each !== "object" || each === null) return false;
    each = Object.getOwnPropertyDescriptor(each, "cause")?.value;
  }
  return false;
}

// The text of a function from where the engine says that it begins: of a class, its constructor.
function bodyOf(fn) {
  const text = textOf(fn);
  const found = isClass(fn) ? CONSTRUCTOR.exec(text) : null;
  return found === null ? text : text.slice(found.index);
}

/**
 * The interrupted functions of one load. `closing` tells what statements were to change and closes that,
 * `faultOf(error, line, column)` notes an exception, `unmade(fault)` makes what stands for what is closed.
 */
export function createInterrupted({ closing, native, faultOf, unmade }) {
  let source = ""; // of a module
  let pending = []; // {error, changed, line, column}: of exceptions that may still be caught
  let read = 0;
  let large = 0;
  let count = 0;

  function close({ error, changed, line, column }) {
    const fault = faultOf(error, line, column);
    fault.interrupts = true;
    closing.closeChanged(changed, fault, unmade(fault));
  }

  // What the rest of a function was to change, undefined if that is too much to tell.
  function skipped(fn, isCaught, line, column, beginLine, beginColumn) {
    if (line === 0) return closing.changedByCall(fn); // it does not even begin
    const own = bodyOf(fn);
    if (!isCaught && (own === "" || own.startsWith(WRAPPER))) return NOTHING; // the top level itself: its statement fails
    const text = own === "" ? source : own;
    if (text.length > MAX_TEXT && (!isCaught || ++large > MAX_LARGE)) return NOTHING;
    read += Math.min(text.length, MAX_TEXT);
    if (read > MAX_READ) return undefined;
    const isFirst = line === beginLine || own === "";
    const lines = own === "" ? line - 1 : line - beginLine;
    const at = offsetIn(text, lines, own !== "" && isFirst ? column - beginColumn : column - 1);
    const statements = text.length > MAX_TEXT ? remainderOfTry(text, at) : remainderOf(text, at, isCaught);
    if (statements === undefined) return undefined;
    const isTop = own === "" || own.startsWith(WRAPPER);
    const captured = isTop ? [] : native.capturedVariables(fn, PROGRAM_FILE);
    return closing.changedByAll(statements, (name) => !isTop && !captured.includes(name));
  }

  // Called by the engine.
  function interrupted(error, fn, isCaught, line, column, ...begin) {
    if (++count > MAX_INTERRUPTED) return end();
    let changed;
    try {
      changed = skipped(fn, isCaught, line, column, ...begin);
    } catch {
      // A bundle replaced what this is made of.
    }
    if (changed?.values.length === 0 && changed.variables.length === 0) return undefined;
    const found = { error, changed, line, column };
    if (isOurs(error)) close(found);
    else pending.push(found);
    return undefined;
  }

  /** Close what an exception that nothing caught kept from being changed; `others` if it may stand for any. */
  function uncaught(error, others = false) {
    const kept = [];
    for (const each of pending) {
      if (others || isBehind(each.error, error)) close(each);
      else kept.push(each);
    }
    pending = others ? [] : kept;
  }

  function begin(text) {
    source = text;
    pending = [];
    read = 0;
    large = 0;
    count = 0;
    native.watchInterruptions(PROGRAM_FILE, interrupted);
  }

  function end() {
    native.watchInterruptions(PROGRAM_FILE, undefined);
  }

  return { begin, end, uncaught };
}
