// Functions that a bundler wraps around the modules of a bundle, by who calls them: a helper of its own.
import { textOf } from "./changes.js";

const MAX_HELPER = 2000;
// `module = {exports: {}}` of CommonJS, `fn(fn = 0)` of an ES module that runs at its first use.
const HELPER = /exports\s*:\s*\{\s*\}|\(\s*[\w$]+\s*=\s*0\s*\)/;
const CALLS = new Set([Function.prototype.call, Function.prototype.apply]);
const TOP_LEVEL = 1;
const MAY_BE_MODULE = 2;

function isHelper(fn) {
  const text = textOf(fn);
  return text.length < MAX_HELPER && HELPER.test(text);
}

/** The function of the innermost module among those that run, undefined outside of all. */
export function moduleAmong(running) {
  const at = running.findIndex((kind, i) => i % 2 === 1 && kind === MAY_BE_MODULE);
  return at < 0 ? undefined : running[at - 1];
}

/**
 * Whether a statement that failed in what may be a module's function is one of a module that the top level
 * runs, with helpers and other modules only between them. `running` lists functions as the shim does.
 */
export function isInModule(running) {
  let wantsHelper = false;
  let isInside = false;
  for (let i = 0; i < running.length; i += 2) {
    const [fn, kind] = [running[i], running[i + 1]];
    isInside ||= kind === MAY_BE_MODULE;
    if (!isInside || CALLS.has(fn)) continue;
    if (kind === TOP_LEVEL || kind === MAY_BE_MODULE) {
      if (wantsHelper) return false;
      if (kind === TOP_LEVEL) return true;
      wantsHelper = true;
    } else if (isHelper(fn)) {
      wantsHelper = false;
    } else {
      return false;
    }
  }
  return false;
}
