// Functions that a bundler wraps around the modules of a bundle, by who calls them: a helper of its own.
import { textOf } from "./changes.js";

const MAX_HELPER = 2000;
// `module = {exports: {}}` of CommonJS, `fn(fn = 0)` of an ES module that runs at its first use.
const HELPER = /exports\s*:\s*\{\s*\}|\(\s*[\w$]+\s*=\s*0\s*\)/;
const CALLS = new Set([Function.prototype.call, Function.prototype.apply]);
const TOP_LEVEL = 1;
const MAY_BE_MODULE = 2;
const MOST = 3; // of the program
const CATCHES = /\bcatch\b/;
const ASYNC = /^async\b/;

function isHelper(fn) {
  const text = textOf(fn);
  return text.length < MAX_HELPER && HELPER.test(text);
}

/** The function of the innermost module among those that run, undefined outside of all. */
export function moduleAmong(running) {
  const at = running.findIndex((kind, i) => i % 2 === 1 && kind === MAY_BE_MODULE);
  return at < 0 ? undefined : running[at - 1];
}

// What a function that is most of the program is given to: a helper that lets through what it throws.
function letsThrough(fn) {
  const text = textOf(fn);
  return text !== "" && text.length < MAX_HELPER && !CATCHES.test(text);
}

/**
 * Whether a statement that failed in what may be a module's function is one of a module that the top level
 * runs, with helpers and other modules only between them, or one of a function that is most of the program,
 * which nothing above catches. `running` lists functions as the shim does.
 */
export function isInModule(running) {
  let wantsHelper = false;
  let inside = 0;
  for (let i = 0; i < running.length; i += 2) {
    const [fn, kind] = [running[i], running[i + 1]];
    if (kind >= MAY_BE_MODULE) inside = kind;
    if (inside === 0 || CALLS.has(fn)) continue;
    if (kind !== 0) {
      if (wantsHelper) return false;
      if (kind === TOP_LEVEL) return true;
      wantsHelper = kind === MAY_BE_MODULE;
    } else if (isHelper(fn)) {
      wantsHelper = false;
    } else if (inside !== MOST || !letsThrough(fn)) {
      return false;
    }
  }
  // What is called without a `catch` behind it goes on after an `await`.
  return running.at(-1) === MOST && ASYNC.test(textOf(running.at(-2)));
}

/** Whether the innermost function of those whose statements fail one by one is most of a program of `size`. */
export function isMostAmong(running, size) {
  const at = running.findIndex((kind, i) => i % 2 === 1 && kind !== 0);
  return at > 0 && 2 * textOf(running[at - 1]).length > size;
}
