// AbortController and AbortSignal, with `timeout` and `any`.
import { DOMException } from "./dom-exception.js";
import { Event } from "./event.js";
import { defineHandler, EventTarget } from "./event-target.js";

const KEY = Symbol("construct");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const MAX_TIMEOUT = Number.MAX_SAFE_INTEGER;
let abortSignal;
let keepController;
const newSignal = () => new AbortSignal(KEY);

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #sources = null;
  #dependents = [];
  #controller = null;

  constructor(key) {
    if (key !== KEY) throw Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
    super();
  }
  static {
    keepController = (signal, controller) => {
      signal.#controller = controller;
    };
    abortSignal = (signal, reason) => {
      if (signal.#aborted) return;
      const all = [signal, ...signal.#dependents.filter((dependent) => !dependent.#aborted)];
      for (const each of all) {
        each.#aborted = true;
        each.#reason = reason;
      }
      for (const each of all) each.dispatchEvent(new Event("abort"));
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
  [INSPECT](depth, options, inspect) {
    return `AbortSignal ${inspect({ aborted: this.aborted }, { ...options, depth })}`;
  }

  static abort(reason = new DOMException("This operation was aborted", "AbortError")) {
    const signal = newSignal();
    abortSignal(signal, reason);
    return signal;
  }
  static timeout(milliseconds) {
    const delay = Math.trunc(milliseconds);
    if (typeof milliseconds !== "number") {
      throw Object.assign(new TypeError('The "delay" argument must be of type number'), { code: "ERR_INVALID_ARG_TYPE" });
    }
    if (!(delay >= 0 && delay <= MAX_TIMEOUT)) {
      const error = new RangeError(`The value of "delay" is out of range. It must be >= 0 && <= ${MAX_TIMEOUT}.`);
      error.code = "ERR_OUT_OF_RANGE";
      throw error;
    }
    const signal = newSignal();
    const expired = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => abortSignal(signal, expired()), delay);
    return signal;
  }
  static any(signals) {
    const given = [...signals];
    if (!given.every((signal) => signal instanceof AbortSignal)) {
      throw Object.assign(new TypeError('The "signals" argument must hold AbortSignals'), { code: "ERR_INVALID_ARG_TYPE" });
    }
    const joined = newSignal();
    const early = given.find((signal) => signal.#aborted);
    if (early !== undefined) {
      joined.#aborted = true;
      joined.#reason = early.#reason;
      return joined;
    }
    joined.#sources = new Set(given.flatMap((signal) => (signal.#sources ? [...signal.#sources] : [signal])));
    for (const source of joined.#sources) source.#dependents.push(joined);
    return joined;
  }
}
defineHandler(AbortSignal, "abort");

export class AbortController {
  #signal = newSignal();
  // A follower of a signal may reference its controller weakly (undici does), and this engine frees
  // objects at their last reference, so the signal keeps its controller.
  constructor() {
    keepController(this.#signal, this);
  }
  get signal() {
    return this.#signal;
  }
  abort(reason = new DOMException("This operation was aborted", "AbortError")) {
    abortSignal(this.#signal, reason);
  }
  get [Symbol.toStringTag]() {
    return "AbortController";
  }
  [INSPECT](depth, options, inspect) {
    return `AbortController ${inspect({ signal: this.signal }, { ...options, depth })}`;
  }
}

export default AbortController;
