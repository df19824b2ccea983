// AbortController and AbortSignal, with `timeout` and `any`.
import { DOMException } from "./dom-exception.js";
import { Event, EventTarget } from "./event-target.js";

const KEY = Symbol("construct");
let raise;
const newSignal = () => new AbortSignal(KEY);

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  onabort = null;

  constructor(key) {
    if (key !== KEY) throw new TypeError("Illegal constructor: use an AbortController");
    super();
  }
  static {
    raise = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason ?? new DOMException("This operation was aborted", "AbortError");
      signal.dispatchEvent(new Event("abort"));
    };
  }
  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
  get [Symbol.toStringTag]() {
    return "AbortSignal";
  }

  static abort(reason) {
    const signal = newSignal();
    raise(signal, reason);
    return signal;
  }
  static timeout(milliseconds) {
    const signal = newSignal();
    const expire = () => raise(signal, new DOMException("The operation timed out", "TimeoutError"));
    setTimeout(expire, milliseconds);
    return signal;
  }
  static any(signals) {
    const joined = newSignal();
    for (const signal of signals) {
      if (signal.aborted) raise(joined, signal.reason);
      else signal.addEventListener("abort", () => raise(joined, signal.reason), { once: true });
    }
    return joined;
  }
}

export class AbortController {
  #signal = newSignal();
  get signal() {
    return this.#signal;
  }
  abort(reason) {
    raise(this.#signal, reason);
  }
  get [Symbol.toStringTag]() {
    return "AbortController";
  }
}

export default AbortController;
