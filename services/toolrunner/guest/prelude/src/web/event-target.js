// Event and EventTarget without a tree: listeners, once, signal, handler objects, on-attributes.

let isStopped;

export class Event {
  #type;
  #cancelable;
  #stopped = false;
  #prevented = false;
  constructor(type, { bubbles = false, cancelable = false } = {}) {
    this.#type = `${type}`;
    this.#cancelable = !!cancelable;
    this.bubbles = !!bubbles;
    this.target = null;
    this.currentTarget = null;
    this.timeStamp = 0;
  }
  get type() {
    return this.#type;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get defaultPrevented() {
    return this.#prevented;
  }
  get isTrusted() {
    return false;
  }
  preventDefault() {
    if (this.#cancelable) this.#prevented = true;
  }
  stopPropagation() {}
  stopImmediatePropagation() {
    this.#stopped = true;
  }
  composedPath() {
    return this.target === null ? [] : [this.target];
  }
  static {
    isStopped = (event) => event.#stopped;
  }
}

export class CustomEvent extends Event {
  constructor(type, options = {}) {
    super(type, options);
    this.detail = options.detail ?? null;
  }
}

export class ErrorEvent extends Event {
  constructor(type, options = {}) {
    super(type, options);
    this.message = options.message ?? "";
    this.error = options.error;
  }
}

export class MessageEvent extends Event {
  constructor(type, options = {}) {
    super(type, options);
    this.data = options.data ?? null;
  }
}

export class EventTarget {
  #listeners = new Map();

  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) return;
    const { once = false, signal, capture = false } =
      typeof options === "object" && options !== null ? options : { capture: !!options };
    if (signal?.aborted) return;
    const list = this.#listeners.get(`${type}`) ?? [];
    if (list.some((entry) => entry.listener === listener && entry.capture === capture)) return;
    this.#listeners.set(`${type}`, [...list, { listener, once, capture }]);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener, { capture }));
  }

  removeEventListener(type, listener, options) {
    const capture = typeof options === "object" ? !!options?.capture : !!options;
    const list = this.#listeners.get(`${type}`) ?? [];
    const rest = list.filter((entry) => entry.listener !== listener || entry.capture !== capture);
    this.#listeners.set(`${type}`, rest);
  }

  dispatchEvent(event) {
    event.target = this;
    event.currentTarget = this;
    const handler = this[`on${event.type}`];
    if (typeof handler === "function") handler.call(this, event);
    for (const { listener, once, capture } of this.#listeners.get(event.type) ?? []) {
      if (isStopped(event)) break;
      if (once) this.removeEventListener(event.type, listener, { capture });
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    event.currentTarget = null;
    return !event.defaultPrevented;
  }
}
