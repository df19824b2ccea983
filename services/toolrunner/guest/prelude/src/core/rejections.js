// Unhandled promise rejections: silent, unless they explain why a call never settled.
import { slice } from "./primordials.js";

const MAX_KEPT = 16;

/** Keeps the first unhandled rejections of the running work; `show` formats a reason. */
export function createRejections(show) {
  // A list of {promise, reason, next}, oldest first: an array would run setters of Array.prototype.
  let first;
  let count = 0;
  let ofLoad = "";

  function add(promise, reason) {
    const entry = { __proto__: null, promise, reason, next: undefined };
    count++;
    if (first === undefined) {
      first = entry;
      return;
    }
    let last = first;
    while (last.next !== undefined) last = last.next;
    last.next = entry;
  }

  function remove(promise) {
    let before;
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (entry.promise === promise) {
        if (before === undefined) first = entry.next;
        else before.next = entry.next;
        count--;
      } else {
        before = entry;
      }
    }
  }

  /** Engine hook: a promise was rejected without a handler, or got one later. */
  function track(promise, reason, handled) {
    remove(promise);
    if (!handled && count < MAX_KEPT) add(promise, reason);
  }

  function clear() {
    first = undefined;
    count = 0;
  }

  /** Call `tell` with the reasons of the first unhandled rejections, oldest first. */
  function each(tell) {
    for (let entry = first; entry !== undefined; entry = entry.next) tell(entry.reason);
  }

  /** A sentence about the first unhandled rejection, or an empty string. */
  function explain() {
    if (first === undefined) return "";
    return "A rejected promise that nobody handled may be why: " + slice(show(first.reason), 0, 1024);
  }

  /** Keeps what explains the load that has ended, for calls of what it did not make. */
  function keepOfLoad() {
    ofLoad = explain();
  }

  return { track, clear, explain, each, keepOfLoad, ofLoad: () => ofLoad };
}
