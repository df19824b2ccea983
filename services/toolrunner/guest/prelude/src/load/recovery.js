// The second load of a program whose top level failed: the engine goes on after each statement that
// fails (JS_EVAL_FLAG_RECOVER), and calls the globals below. What a failed statement should have
// made is a stand-in that fails, with the statement's name, as soon as a tool needs it.
import { endsProgram, isOfOutside, kindOf, loadFailed } from "../core/errors.js";
import { Kind, PROGRAM_FILE } from "../core/kinds.js";
import { NativeError, NativePromise, promiseRace, weakMapGet, weakMapSet } from "../core/primordials.js";
import { isPlain } from "../dispatch/names.js";
import { createClosing } from "./closing.js";
import { createInterrupted } from "./interrupted.js";
import { isInModule, isMostAmong, moduleAmong } from "./modules.js";
import { publishedBy } from "./published.js";
import { isCalling, standInOf } from "./standins.js";
import { iifeOf } from "./wrapper.js";

const NOBODY = Symbol("nobody");
// What the statements after the end of a program throw: they do not run.
const ENDED = Object.freeze({ __proto__: null });
// Characters of statements after the end that are read for what they were to change.
const MAX_REST = 100_000;
// Names of native addons, as their loaders ask for them.
const ADDON = /\.node$|\b(?:linux|darwin|win32)-(?:x64|arm64|arm|ia32)\b/;
const OWN_FRAME = new RegExp(`^ *at .*\\b${PROGRAM_FILE.replaceAll(".", "\\.")}:\\d+:\\d+\\)?$`, "m");
const SETS_EXPORTS = /([\w$]+)\.exports\s*=(?!=)/;
const PENDING =
  "this `await` waits for a promise that nothing can settle while the bundle loads: no timer but intervals and no request is pending";

/**
 * The recovery of one load. `describe(error, kind)` makes a failure, `clean(stack)` gives a frame as
 * users see it, `incomplete` keeps the faults, `native` is what the C shim gives.
 */
export function createRecovery({ describe, clean, incomplete, native }) {
  const faults = new WeakMap(); // by the errors that say that a value was not made
  let guard = NOBODY; // what a `throw` of the top level threw
  let ended; // how the program ended itself: {fault, value}
  let rest = 0;
  let iife; // as of `iifeOf`, of this program
  let size = 0; // of this program
  const addonless = new WeakSet(); // functions of modules that asked for a native addon
  let latest;
  let waiting = 0;
  let giveUpWait;
  let stuck;
  const variables = (name) => native.runningVariables(name, PROGRAM_FILE);
  const closing = createClosing({
    variables,
    captured: (fn) => native.capturedVariables(fn, PROGRAM_FILE),
    incomplete,
  });

  const interrupted = createInterrupted({
    closing,
    native,
    faultOf: (error, line, column) => faultOf(error, line === 0 ? "" : frameAt(line, column)),
    unmade: (fault) => unmade(fault),
  });
  const noted = new WeakMap(); // faults by the errors that they were noted for

  // The fault of an exception, noted once; `frame` is the statement's, where there is one.
  function faultOf(error, frame = "") {
    const isKept = (typeof error === "object" && error !== null) || typeof error === "function";
    const known = isKept ? weakMapGet(faults, error) ?? weakMapGet(noted, error) : undefined;
    if (known !== undefined) return known;
    const failure = describe(error, Kind.LOAD_FAILED);
    const fault = incomplete.note(failure, frame || (OWN_FRAME.exec(failure.stack)?.[0] ?? ""));
    if (isKept) weakMapSet(noted, error, fault);
    return fault;
  }

  function nextWait() {
    waiting = 0;
    stuck = new NativePromise((resolve, reject) => {
      giveUpWait = reject;
    });
  }

  function unmade(fault) {
    const fail = () => {
      const error = loadFailed("this value was not made: " + incomplete.sentenceOf(fault));
      weakMapSet(faults, error, fault);
      throw error;
    };
    const nature = {
      acts() {
        if (isCalling()) fail();
      },
      uses(path, key) {
        const isList = key === Symbol.iterator || key === Symbol.asyncIterator;
        if (isCalling() || !isList) fail();
      },
      // `if (policy.blocked) throw ...` must not see a member that means nothing.
      reads() {
        if (isCalling()) fail();
      },
      made(value) {
        native.answersNothing(value);
        incomplete.standsFor(value, fault);
      },
    };
    return standInOf("unmade", nature);
  }

  const frameAt = (line, column) => clean(`    at statement (${PROGRAM_FILE}:${line}:${column})`);

  // Whether a call as a statement of its own was to end the program with this error, as the `throw` of a
  // guard does: the program threw it on purpose, or what only checks something could not do so.
  function isGuard(error, statement) {
    const isThrown = native.wasThrown(error);
    if (isThrown && (isOfOutside(error) || addonless.has(moduleAmong(native.runningFunctions())))) return false;
    if (statement === undefined) return isThrown;
    if (isThrown) return !closing.makes(statement);
    return (kindOf(error) === Kind.LOAD_FAILED || !isOfOutside(error)) && closing.checks(statement);
  }

  /**
   * Called by the engine: a statement threw, whose text is from `begin` to `end`; `makesValue` if it
   * declares or sets something; `mayBeModule` if it is of what may be a module's function. Returns the
   * value of what it declares or sets.
   */
  function recover(error, line, column, begin, end, makesValue, mayBeModule) {
    // What a `try` around it may catch goes there.
    if (mayBeModule && !(globalThis["%compounds"] === 0 && isInModule(native.runningFunctions()))) throw error;
    if (ended !== undefined) return notRun(begin, end, makesValue === 1);
    const text = native.statement(begin, end);
    const statement = closing.read(text);
    const ends = error === guard || endsProgram(error) || (!makesValue && isGuard(error, statement));
    const isConsequence = !ends && kindOf(error) === Kind.LOAD_FAILED;
    const known = isConsequence ? weakMapGet(faults, error) : undefined;
    const frame = frameAt(line, column);
    const fault = known ?? (ends ? incomplete.note(describe(error, Kind.LOAD_FAILED), frame) : faultOf(error, frame));
    latest = unmade(fault);
    interrupted.uncaught(error, native.wasThrown(error));
    if (ends) endWith(fault);
    else if (mayBeModule) leaveUnmade(text);
    closing.failed(statement, makesValue === 1, fault, latest);
    return latest;
  }

  // What a module was to export by a statement that failed: `if (addon) module.exports = addon; else throw ...`.
  function leaveUnmade(text) {
    const name = SETS_EXPORTS.exec(text)?.[1];
    const module = name === undefined ? undefined : variables(name)[1];
    if (isPlain(module?.exports) && Object.keys(module.exports).length === 0) module.exports = latest;
  }

  /** A module asked for another that is not there: loaders of native addons say so in words of their own. */
  function lacked(specifier) {
    const module = ADDON.test(specifier) ? moduleAmong(native.runningFunctions()) : undefined;
    if (module !== undefined) addonless.add(module);
  }

  /** The program ends here: its other statements do not run, but what they were to change is closed. */
  function endWith(fault) {
    fault.ends = true;
    ended = { fault, value: latest };
    globalThis["%ended"] = ENDED;
    globalThis["%kept"] = isMostAmong(native.runningFunctions(), size);
  }

  // A statement after the end. What only exports a value by its name does so, as `export {a}` does.
  function notRun(begin, end, makesValue) {
    const { fault, value } = ended;
    // What the function around everything returned: what its statements left.
    if (begin === iife?.begin) return (latest = variables(iife.name)[1] ?? value);
    rest += end - begin;
    latest = value;
    if (rest > MAX_REST) {
      incomplete.doubtAll(fault);
      return latest;
    }
    const text = native.statement(begin, end);
    const published = publishedBy(text, variables);
    if (published !== undefined) return (latest = published);
    closing.failed(closing.read(text), makesValue, fault, value);
    return latest;
  }

  /** Called by the engine: the top level throws by itself, so the program wants to end here. */
  function guarded(error) {
    guard = error;
    return error;
  }

  /** Whether this is what a program throws that has ended. */
  const isEnd = (error) => error === ENDED;

  const settled = async (value) => await value;

  /** Called by the engine: what an `await` of the top level waits for. */
  function awaited(value) {
    waiting++;
    return promiseRace([settled(value), stuck]);
  }

  const globals = {
    "%recover": recover, "%guard": guarded, "%await": awaited, "%unmade": () => latest, "%ended": undefined, "%kept": false,
    "%compounds": 0,
  };

  /** Put in place what the engine calls, for a program of this text. */
  function begin(source) {
    iife = iifeOf(source);
    size = source.length;
    nextWait();
    for (const name of Object.keys(globals)) {
      Object.defineProperty(globalThis, name, { value: globals[name], configurable: true, writable: true });
    }
  }

  /** A program of this text is loaded: note what exceptions keep its functions from doing. */
  function watch(source) {
    closing.begin();
    interrupted.begin(source);
  }

  // What was taken for a module's function runs later too, and asks for these.
  function end() {
    for (const name of ["%guard", "%await", "%unmade", "%kept"]) delete globalThis[name];
    globalThis["%ended"] = undefined;
    globalThis["%recover"] = (error) => {
      throw error;
    };
    native.forgetSource();
  }

  /** Let every `await` of the top level that still waits fail; false if there is none. */
  function unstick() {
    if (waiting === 0) return false;
    const reject = giveUpWait;
    nextWait();
    reject(new NativeError(PENDING));
    return true;
  }

  /** End a program that waits at its top level for too long; false if it does not. */
  function giveUp(failure) {
    if (waiting === 0) return false;
    const fault = incomplete.note(failure);
    latest = unmade(fault);
    endWith(fault);
    giveUpWait(ENDED);
    return true;
  }

  return { watch, unwatch: interrupted.end, uncaught: (error) => interrupted.uncaught(error), begin, end, unstick, giveUp, lacked, isEnd, hasEnded: () => ended !== undefined };
}
