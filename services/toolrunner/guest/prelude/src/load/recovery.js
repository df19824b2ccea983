// The second load of a program whose top level failed: the engine goes on after each statement that
// fails (JS_EVAL_FLAG_RECOVER), and calls the globals below. What a failed statement should have
// made is a stand-in that fails, with the statement's name, as soon as a tool needs it.
import { endsProgram, kindOf, loadFailed } from "../core/errors.js";
import { Kind, PROGRAM_FILE } from "../core/kinds.js";
import { NativeError, NativePromise, promiseRace, weakMapGet, weakMapSet } from "../core/primordials.js";
import { isCalling, standInOf } from "./standins.js";

const NOBODY = Symbol("nobody");
const PENDING =
  "this `await` waits for a promise that nothing can settle while the bundle loads: no timer but intervals and no request is pending";

/**
 * The recovery of one load. `describe(error, kind)` makes a failure, `clean(stack)` gives a frame as
 * users see it, `incomplete` keeps the faults, `answersNothing(value)` makes conditions ask a value first.
 */
export function createRecovery({ describe, clean, incomplete, answersNothing }) {
  const faults = new WeakMap(); // by the errors that say that a value was not made
  let guard = NOBODY;
  let guardFrame = "";
  let latest;
  let waiting = 0;
  let giveUp;
  let stuck;

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
      made: answersNothing,
    };
    return standInOf("unmade", nature);
  }

  const frameAt = (line, column) => clean(`    at statement (${PROGRAM_FILE}:${line}:${column})`);

  /** Called by the engine: a statement threw; returns the value of what it declares. */
  function recover(error, line, column) {
    if (error === guard) throw error;
    if (endsProgram(error)) throw guarded(error, line, column);
    const isConsequence = kindOf(error) === Kind.LOAD_FAILED;
    const known = isConsequence ? weakMapGet(faults, error) : undefined;
    latest = unmade(known ?? incomplete.note(describe(error, Kind.LOAD_FAILED), frameAt(line, column)));
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
    for (const name of Object.keys(globals)) {
      Object.defineProperty(globalThis, name, { value: globals[name], configurable: true });
    }
  }

  function end() {
    for (const name of Object.keys(globals)) delete globalThis[name];
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
