// EventTarget without a tree: listeners with `once`, `passive`, `signal`, handler objects, and the
// on-attributes of the classes that have them.
import { dispatching, Event } from "./event.js";

function normalised(options) {
  if (typeof options === "boolean") return { capture: options };
  const { capture, once, passive, signal } = options ?? {};
  if (signal !== undefined && !(signal instanceof EventTarget && typeof signal.aborted === "boolean")) {
    throw new TypeError('The "options.signal" property must be an instance of AbortSignal');
  }
  return { capture: !!capture, once: !!once, passive: !!passive, signal };
}

function checkListener(listener) {
  if (typeof listener === "function" || typeof listener === "object") return listener !== null;
  if (listener === undefined) return false;
  const error = new TypeError('The "listener" argument must be an instance of EventListener');
  error.code = "ERR_INVALID_ARG_TYPE";
  throw error;
}

// A throwing listener fails the work, as it ends the process in Node; other listeners still run.
function report(error) {
  queueMicrotask(() => {
    throw error;
  });
}

function invoke(target, listener, event) {
  try {
    const callback = typeof listener === "function" ? listener : listener.handleEvent;
    const result = callback.call(typeof listener === "function" ? target : listener, event);
    if (typeof result?.then === "function") result.then(undefined, report);
  } catch (error) {
    report(error);
  }
}

export class EventTarget {
  #listeners = new Map();

  addEventListener(type, listener, options = undefined) {
    if (arguments.length < 2) throw new TypeError('The "type" and "listener" arguments must be specified');
    const { capture, once, passive, signal } = normalised(options);
    if (!checkListener(listener) || signal?.aborted) return;
    const list = this.#listeners.get(`${type}`) ?? [];
    if (list.some((entry) => entry.listener === listener && entry.capture === capture)) return;
    this.#listeners.set(`${type}`, [...list, { listener, once, capture, passive, removed: false }]);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener, { capture }), { once: true });
  }

  removeEventListener(type, listener, options = undefined) {
    if (arguments.length < 2) throw new TypeError('The "type" and "listener" arguments must be specified');
    const capture = typeof options === "boolean" ? options : !!options?.capture;
    const kept = [];
    for (const entry of this.#listeners.get(`${type}`) ?? []) {
      if (entry.listener === listener && entry.capture === capture) entry.removed = true;
      else kept.push(entry);
    }
    this.#listeners.set(`${type}`, kept);
  }

  dispatchEvent(event) {
    if (!(event instanceof Event)) {
      const error = new TypeError('The "event" argument must be an instance of Event');
      error.code = "ERR_INVALID_ARG_TYPE";
      throw error;
    }
    if (dispatching.isBusy(event)) {
      const error = new Error("The event is already being dispatched");
      error.code = "ERR_EVENT_RECURSION";
      throw error;
    }
    dispatching.begin(event, this);
    for (const entry of this.#listeners.get(event.type) ?? []) {
      if (dispatching.isStopped(event)) break;
      if (entry.removed) continue;
      if (entry.once) this.removeEventListener(event.type, entry.listener, { capture: entry.capture });
      dispatching.enter(event, entry.passive);
      invoke(this, entry.listener, event);
    }
    dispatching.finish(event);
    return !event.defaultPrevented;
  }
  get [Symbol.toStringTag]() {
    return "EventTarget";
  }
}

/** Adds the attribute `on${type}` to a class; its listener keeps its position among others. */
export function defineHandler(TargetClass, type, whenSet = () => {}) {
  const handlers = new WeakMap();
  Object.defineProperty(TargetClass.prototype, `on${type}`, {
    configurable: true,
    enumerable: true,
    get() {
      return handlers.get(this)?.handler ?? null;
    },
    set(value) {
      const handler = typeof value === "function" || (typeof value === "object" && value !== null) ? value : null;
      const known = handlers.get(this);
      if (known !== undefined) known.handler = handler;
      else if (handler !== null) {
        const entry = { handler };
        handlers.set(this, entry);
        this.addEventListener(type, (event) => {
          if (typeof entry.handler === "function") return entry.handler.call(this, event);
          return undefined;
        });
      }
      whenSet(this);
    },
  });
}
