// The signal of the running call: tools get it as `abortSignal`, and the host fires it when the
// call is cancelled or reaches its time limit while it waits. Listeners have a moment to clean up.
import { AbortController } from "../web/abort.js";
import { DOMException } from "../web/dom-exception.js";

const REASONS = {
  __proto__: null,
  cancelled: ["The call was cancelled by its caller.", "AbortError"],
  deadline: ["The call met its time limit.", "TimeoutError"],
};

let controller;

/** The signal of the running call; one sandbox runs one call. */
export function callSignal() {
  controller ??= new AbortController();
  return controller.signal;
}

/** Fire the signal; the host's reason is `cancelled` or `deadline`. */
export function fireAbort(why) {
  const [message, name] = REASONS[why] ?? REASONS.cancelled;
  controller?.abort(new DOMException(message, name));
}
