// The second load of a program whose top level failed: the engine goes on after each statement that
// fails (JS_EVAL_FLAG_RECOVER), and calls the globals below. What a failed statement should have
// made is a stand-in that fails, with the statement's name, as soon as a tool needs it.
import { endsProgram, isOfOutside, kindOf, loadFailed } from "../core/errors.js";
import { Kind, PROGRAM_FILE } from "../core/kinds.js";
import { NativeError, NativePromise, promiseRace, weakMapGet, weakMapSet } from "../core/primordials.js";
import { createClosing } from "./closing.js";
import { isCalling, standInOf } from "./standins.js";

const NOBODY = Symbol("nobody");
const PENDING =
  "this `await` waits for a promise that nothing can settle while the bundle loads: no timer but intervals and no request is pending";

/**
 * The recovery of one load. `describe(error, kind)` makes a failure, `clean(stack)` gives a frame as
 * users see it, `incomplete` keeps the faults, `native` is what the C shim gives.
 */
export function createRecovery({ describe, clean, incomplete, native }) {
  const faults = new WeakMap(); // by the errors that say that a value was not made
  let guard = NOBODY;
  let guardFrame = "";
  let latest;
  let waiting = 0;
  let giveUp;
  let stuck;
  const closing = createClosing({
    variables: (name) => native.runningVariables(name, PROGRAM_FILE),
    captured: (fn) => native.capturedVariables(fn, PROGRAM_FILE),
    incomplete,
  });

  function nextWait() {
    waiting = 0;
    stuck = new NativePromise((resolve, reject) => {
      giveUp = reject;
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
    if (isThrown && isOfOutside(error)) return false;
    if (statement === undefined) return isThrown;
    if (isThrown) return !closing.makes(statement);
    return (kindOf(error) === Kind.LOAD_FAILED || !isOfOutside(error)) && closing.checks(statement);
  }

  /**
   * Called by the engine: a statement threw, whose text is from `begin` to `end`; `makesValue` if it
   * declares or sets something. Returns the value of that.
   */
  function recover(error, line, column, begin, end, makesValue) {
    if (error === guard) throw error;
    if (endsProgram(error)) throw guarded(error, line, column);
    const statement = closing.read(native.statement(begin, end));
    if (!makesValue && isGuard(error, statement)) throw guarded(error, line, column);
    const isConsequence = kindOf(error) === Kind.LOAD_FAILED;
    const known = isConsequence ? weakMapGet(faults, error) : undefined;
    const fault = known ?? incomplete.note(describe(error, Kind.LOAD_FAILED), frameAt(line, column));
    latest = unmade(fault);
    closing.failed(statement, makesValue === 1, fault, latest);
    return latest;
  }

  /** Called by the engine: the top level throws by itself, so the program wants to end here. */
  function guarded(error, line, column) {
    guard = error;
    guardFrame = frameAt(line, column);
    return error;
  }

  /** The frame of the `throw` by which the program ended itself with this error, or "". */
  const frameOf = (error) => (error === guard ? guardFrame : "");

  const settled = async (value) => await value;

  /** Called by the engine: what an `await` of the top level waits for. */
  function awaited(value) {
    waiting++;
    return promiseRace([settled(value), stuck]);
  }

  const globals = { "%recover": recover, "%guard": guarded, "%await": awaited, "%unmade": () => latest };

  /** Put in place what the engine calls. */
  function begin() {
    nextWait();
    closing.begin();
    for (const name of Object.keys(globals)) {
      Object.defineProperty(globalThis, name, { value: globals[name], configurable: true });
    }
  }

  function end() {
    for (const name of Object.keys(globals)) delete globalThis[name];
    native.forgetSource();
  }

  /** Let every `await` of the top level that still waits fail; false if there is none. */
  function unstick() {
    if (waiting === 0) return false;
    const reject = giveUp;
    nextWait();
    reject(new NativeError(PENDING));
    return true;
  }

  return { begin, end, unstick, frameOf };
}
