// The handlers called by the C shim: limit, load, call, resume, tick, wake. One piece of work at a
// time.
import { fireAbort } from "./abort.js";
import { currentContext, inContext } from "./async-context.js";
import { forgetRefusals, isStackOverflow } from "./errors.js";
import { failureText } from "./failure.js";
import { Emit, FINISHED, Kind, WAITS_FOR_HOST } from "./kinds.js";
import { dateNow, hasOwn, jsonParse } from "./primordials.js";
import { resultText, settle } from "./result.js";
import { whenSettled } from "./waiting.js";

const STUCK =
  "the tool waits for a promise that nothing can settle: no timer and no request is pending. " +
  "Look for a callback that is never called or a promise without resolve";
const OUT_OF_TIME =
  "the top level of the bundle still waited when the time to load it was over";
const INTERVALS_MS = 2000;
const STUCK_LOAD =
  "the top level of the bundle awaits a promise that nothing can settle: no timer but " +
  "intervals and no request is pending";

// Own members only, as with all input from the host: a bundle may have added to Object.prototype.
function environmentOf(envelope) {
  const context = hasOwn(envelope, "context") ? envelope.context : null;
  if (typeof context !== "object" || context === null || !hasOwn(context, "env")) return undefined;
  return context.env;
}

/** Connects the parts of the prelude to the engine's entry points. */
export function createHandlers({ emit, timers, calls, describe, sourceMap, evaluate, prepare, rejections, beginWork, incomplete, agentsMade, recovery, beginCalls }) {
  let finished = true;
  let loading = false;
  let began = 0;
  let recovering = false;
  let given = null;

  function begin(isLoad) {
    finished = false;
    began = dateNow();
    // What the load left open may have been rejected just after its end.
    if (loading && !isLoad) rejections.keepOfLoad();
    loading = isLoad;
    rejections.clear();
    forgetRefusals();
  }

  function finish(kind, text) {
    if (finished) return;
    finished = true;
    emit(kind, text);
  }

  // Report what is known first: reading a source map may cost more than the work has left, and what a
  // bundle did to the language may keep it from being read.
  function withSources(failure) {
    if (!sourceMap.isThere()) return;
    emit(Emit.FAILURE_DRAFT, failureText(failure));
    try {
      failure.stack = sourceMap.mapped(failure.stack);
      failure.message = sourceMap.mapped(failure.message);
    } catch (error) {
      if (isStackOverflow(error)) throw error;
    }
  }

  function finishFailed(failure) {
    if (finished) return;
    finished = true;
    if (!loading) {
      withSources(failure);
      emit(Emit.FAILURE, failureText(failure));
      return;
    }
    recovery.unwatch();
    if (sourceMap.isThere()) emit(Emit.FAILURE_DRAFT, failureText(failure));
    incomplete.note(failure);
    finishIncomplete();
  }

  // A load that failed halfway is not lost: the agents that it made can be used.
  function finishIncomplete() {
    finished = true;
    // No answer can reach an image.
    if (calls.waiting() > 0) calls.drop();
    if (sourceMap.isThere()) incomplete.mapSources(sourceMap.mapped);
    const { agents, unusable } = agentsMade();
    if (agents.length > 0) emit(Emit.LOADED, incomplete.loadedText(agents, unusable));
    else emit(Emit.FAILURE, failureText(incomplete.first()));
  }

  function explained(error) {
    const failure = describe(error, Kind.THROWN);
    if (failure.kind !== Kind.THROWN || !incomplete.explains(error)) return failure;
    return { ...failure, __proto__: null, kind: Kind.LOAD_FAILED, message: failure.message + ": " + incomplete.why() };
  }

  /** End the running work with a thrown value. */
  function fail(error) {
    if (loading && recovering) recovery.uncaught(error);
    if (loading) finishFailed(describe(error, Kind.LOAD_FAILED));
    else finishFailed(explained(error));
  }

  // Where statements fail one by one, those that come later end the load.
  function giveUpLoad() {
    const failure = { __proto__: null, kind: Kind.NEVER_SETTLED, message: OUT_OF_TIME, name: "", stack: "" };
    if (!recovering || !recovery.giveUp(failure)) finishFailed(failure);
  }

  function neverSettled() {
    const cause = rejections.explain();
    const message = (loading ? STUCK_LOAD : STUCK) + (cause === "" ? "" : `. ${cause}`);
    finishFailed({ __proto__: null, kind: Kind.NEVER_SETTLED, message, name: "", stack: "" });
  }

  // What only intervals keep alive at load ends by itself in no time, or never.
  const isIdling = () => loading && timers.onlyRepeats() && dateNow() - began > INTERVALS_MS;

  // A load that was granted requests waits for those that its top level left open, for a moment.
  async function runLoad(source, isModule, recovers) {
    try {
      await evaluate(source, isModule, recovers);
      if (calls.waiting() > 0 && !recovery.hasEnded()) await calls.rest(timers.api);
      rejections.each(recovery.uncaught);
      recovery.unwatch();
      if (!incomplete.any()) finish(Emit.LOADED, "");
      else if (!finished) finishIncomplete();
    } catch (error) {
      fail(error);
    }
  }

  function succeed(value) {
    finish(Emit.RESULT, resultText(value));
  }

  // The model's part comes first: nobody takes anything of a call after its result.
  function succeedShowing(value, shown) {
    if (shown === undefined) return succeed(value);
    const forModel = resultText(shown);
    const result = resultText(value);
    if (finished) return;
    emit(Emit.MODEL_OUTPUT, forModel);
    finish(Emit.RESULT, result);
  }

  function runCall(envelope) {
    whenSettled(prepare(envelope), ({ start, show }) => {
      const showing = (value) => whenSettled(show(value), (shown) => succeedShowing(value, shown), fail);
      settle(start(), show === undefined ? succeed : showing, fail);
    }, fail);
  }

  return {
    fail,
    handlers: {
      limit(pendingTimers, hostCalls, hostCallsInFlight) {
        timers.limit(pendingTimers);
        calls.limit(hostCalls, hostCallsInFlight);
      },
      load(source, isModule, bytes, recovers) {
        begin(true);
        recovering = recovers;
        calls.begin(given?.capabilities ?? [], true);
        beginWork(true, given?.env);
        given = null;
        runLoad(sourceMap.keep(source, bytes), isModule, recovers);
      },
      call(envelopeJson) {
        begin(false);
        beginCalls();
        const envelope = jsonParse(envelopeJson);
        if (envelope.member === "hook") envelope.again = () => jsonParse(envelopeJson);
        calls.begin(envelope.capabilities ?? [], false);
        beginWork(false, environmentOf(envelope));
        // A store that the tool enters is that of its own work, not of what the host delivers later.
        inContext(currentContext(), runCall, undefined, [envelope]);
      },
      // `given`, before a load, is what a run grants to its own image: environment, capabilities.
      resume(json) {
        const news = jsonParse(json);
        // Own members only: a bundle may have added to Object.prototype.
        if (hasOwn(news, "given")) given = { __proto__: null, ...news.given };
        if (hasOwn(news, "hostResults")) calls.deliver(news.hostResults);
        if (hasOwn(news, "abort") && loading) giveUpLoad();
        else if (hasOwn(news, "abort")) fireAbort(news.abort);
      },
      tick() {
        try {
          timers.tick();
        } catch (error) {
          if (!loading || !recovering) return void fail(error);
          recovery.uncaught(error);
          incomplete.note(describe(error, Kind.LOAD_FAILED));
        }
      },
      wake() {
        if (finished) return FINISHED;
        const delay = timers.nextDelay();
        if (delay >= 0 && !isIdling()) return delay;
        if (calls.waiting() > 0) return WAITS_FOR_HOST;
        if (loading && recovering && recovery.unstick()) return 0;
        neverSettled();
        return FINISHED;
      },
    },
  };
}
