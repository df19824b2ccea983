// The handlers called by the C shim: limit, load, call, resume, tick, wake. One piece of work at a
// time.
import { fireAbort } from "./abort.js";
import { currentContext, inContext } from "./async-context.js";
import { forgetRefusals, isStackOverflow } from "./errors.js";
import { failureText } from "./failure.js";
import { Emit, FINISHED, Kind, WAITS_FOR_HOST } from "./kinds.js";
import { hasOwn, jsonParse } from "./primordials.js";
import { resultText, settle } from "./result.js";
import { whenSettled } from "./waiting.js";

const STUCK =
  "the tool waits for a promise that nothing can settle: no timer and no request is pending. " +
  "Look for a callback that is never called or a promise without resolve";
const STUCK_LOAD =
  "the top level of the bundle awaits a promise that nothing can settle: no timer and no " +
  "request is pending";

// Own members only, as with all input from the host: a bundle may have added to Object.prototype.
function environmentOf(envelope) {
  const context = hasOwn(envelope, "context") ? envelope.context : null;
  if (typeof context !== "object" || context === null || !hasOwn(context, "env")) return undefined;
  return context.env;
}

/** Connects the parts of the prelude to the engine's entry points. */
export function createHandlers({ emit, timers, calls, describe, sourceMap, evaluate, prepare, rejections, beginWork }) {
  let finished = true;
  let loading = false;

  function begin(isLoad) {
    finished = false;
    loading = isLoad;
    rejections.clear();
    forgetRefusals();
  }

  function finish(kind, text) {
    if (finished) return;
    finished = true;
    emit(kind, text);
  }

  // What a bundle did to the language may keep its source map from being read.
  function showSources(failure) {
    try {
      failure.stack = sourceMap.mapped(failure.stack);
      failure.message = sourceMap.mapped(failure.message);
    } catch (error) {
      if (isStackOverflow(error)) throw error;
    }
  }

  // Report what is known first: reading a source map may cost more than the work has left.
  function finishFailed(failure) {
    if (finished) return;
    finished = true;
    if (sourceMap.isThere()) {
      emit(Emit.FAILURE_DRAFT, failureText(failure));
      showSources(failure);
    }
    emit(Emit.FAILURE, failureText(failure));
  }

  /** End the running work with a thrown value. */
  function fail(error) {
    const kind = loading ? Kind.LOAD_FAILED : Kind.THROWN;
    finishFailed(describe(error, kind));
  }

  function neverSettled() {
    const cause = rejections.explain();
    const message = (loading ? STUCK_LOAD : STUCK) + (cause === "" ? "" : `. ${cause}`);
    finishFailed({ __proto__: null, kind: Kind.NEVER_SETTLED, message, name: "", stack: "" });
  }

  async function runLoad(source, isModule) {
    try {
      await evaluate(source, isModule);
      finish(Emit.LOADED, "");
    } catch (error) {
      fail(error);
    }
  }

  function runCall(envelope) {
    const succeed = (value) => finish(Emit.RESULT, resultText(value));
    whenSettled(prepare(envelope), (prepared) => settle(prepared.start(), succeed, fail), fail);
  }

  return {
    fail,
    handlers: {
      limit(pendingTimers, hostCalls, hostCallsInFlight) {
        timers.limit(pendingTimers);
        calls.limit(hostCalls, hostCallsInFlight);
      },
      load(source, isModule, bytes) {
        begin(true);
        beginWork(undefined, false);
        runLoad(sourceMap.keep(source, bytes), isModule);
      },
      call(envelopeJson) {
        begin(false);
        const envelope = jsonParse(envelopeJson);
        calls.begin(envelope.capabilities ?? []);
        beginWork(environmentOf(envelope), true);
        // A store that the tool enters is that of its own work, not of what the host delivers later.
        inContext(currentContext(), runCall, undefined, [envelope]);
      },
      resume(json) {
        const given = jsonParse(json);
        // Own members only: a bundle may have added to Object.prototype.
        if (hasOwn(given, "hostResults")) calls.deliver(given.hostResults);
        if (hasOwn(given, "abort")) fireAbort(given.abort);
      },
      tick() {
        try {
          timers.tick();
        } catch (error) {
          fail(error);
        }
      },
      wake() {
        if (finished) return FINISHED;
        const delay = timers.nextDelay();
        if (delay >= 0) return delay;
        if (calls.waiting() > 0) return WAITS_FOR_HOST;
        neverSettled();
        return FINISHED;
      },
    },
  };
}
