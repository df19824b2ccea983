// Unhandled promise rejections: silent, unless they explain why a call never settled.
import { slice } from "./primordials.js";

const MAX_KEPT = 16;

/** Keeps the latest unhandled rejections of the running work; `show` formats a reason. */
export function createRejections(show) {
  let kept = [];

  /** Engine hook: a promise was rejected without a handler, or got one later. */
  function track(promise, reason, handled) {
    const rest = [];
    for (let i = 0; i < kept.length; i++) {
      if (kept[i].promise !== promise) rest[rest.length] = kept[i];
    }
    if (!handled && rest.length < MAX_KEPT) rest[rest.length] = { promise, reason };
    kept = rest;
  }

  function clear() {
    kept = [];
  }

  /** A sentence about the first unhandled rejection, or an empty string. */
  function explain() {
    if (kept.length === 0) return "";
    return `A rejected promise that nobody handled may be why: ${slice(show(kept[0].reason), 0, 1024)}`;
  }

  return { track, clear, explain };
}
