// Event and its subclasses, without a tree of targets.

/** Operations of the dispatching target on an event: `begin`, `enter`, `finish`, `isStopped`. */
export let dispatching;

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

function options(given, name) {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object" && typeof given !== "function") {
    throw new TypeError(`The "options" argument of ${name} must be of type object`);
  }
  return given;
}

export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #target = null;
  #current = null;
  #phase = 0;
  #busy = false;
  #stopped = false;
  #stoppedHere = false;
  #prevented = false;
  #passive = false;
  #timeStamp = performance.now();

  constructor(type, init = undefined) {
    if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
    const { bubbles, cancelable, composed } = options(init, "Event");
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
    this.#composed = !!composed;
    this.#type = `${type}`;
  }
  get type() {
    return this.#type;
  }
  get target() {
    return this.#target;
  }
  get currentTarget() {
    return this.#current;
  }
  get srcElement() {
    return this.#target;
  }
  get bubbles() {
    return this.#bubbles;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get composed() {
    return this.#composed;
  }
  get eventPhase() {
    return this.#phase;
  }
  get timeStamp() {
    return this.#timeStamp;
  }
  get isTrusted() {
    return false;
  }
  get defaultPrevented() {
    return this.#cancelable && this.#prevented;
  }
  get returnValue() {
    return !this.defaultPrevented;
  }
  get cancelBubble() {
    return this.#stopped;
  }
  set cancelBubble(value) {
    if (value) this.#stopped = true;
  }
  preventDefault() {
    if (!this.#passive) this.#prevented = true;
  }
  stopPropagation() {
    this.#stopped = true;
  }
  stopImmediatePropagation() {
    this.#stopped = true;
    this.#stoppedHere = true;
  }
  composedPath() {
    return this.#busy ? [this.#current] : [];
  }
  initEvent(type, bubbles = false, cancelable = false) {
    if (this.#busy) return;
    this.#type = `${type}`;
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
  }
  [INSPECT](depth, given, inspect) {
    const { type, defaultPrevented, cancelable, timeStamp } = this;
    return `${this.constructor.name} ${inspect({ type, defaultPrevented, cancelable, timeStamp }, { ...given, depth })}`;
  }
  static {
    dispatching = {
      isBusy: (event) => event.#busy,
      isStopped: (event) => event.#stoppedHere,
      begin(event, target) {
        event.#busy = true;
        event.#target = target;
        event.#current = target;
        event.#phase = 2;
      },
      enter(event, passive) {
        event.#passive = passive;
      },
      finish(event) {
        event.#busy = false;
        event.#stopped = false;
        event.#stoppedHere = false;
        event.#passive = false;
        event.#current = null;
        event.#phase = 0;
      },
    };
    const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };
    for (const [name, value] of Object.entries(PHASES)) {
      for (const holder of [Event, Event.prototype]) Object.defineProperty(holder, name, { value, enumerable: true });
    }
    Object.defineProperty(Event.prototype, Symbol.toStringTag, { value: "Event", configurable: true });
  }
}

export class CustomEvent extends Event {
  #detail;
  constructor(type, init = undefined) {
    super(...arguments);
    this.#detail = init?.detail ?? null;
  }
  get detail() {
    return this.#detail;
  }
  get [Symbol.toStringTag]() {
    return "CustomEvent";
  }
}

export class ErrorEvent extends Event {
  constructor(type, init = undefined) {
    super(...arguments);
    const { message = "", filename = "", lineno = 0, colno = 0, error = undefined } = init ?? {};
    Object.assign(this, { message: `${message}`, filename: `${filename}`, lineno, colno, error });
  }
  get [Symbol.toStringTag]() {
    return "ErrorEvent";
  }
}

export class MessageEvent extends Event {
  constructor(type, init = undefined) {
    super(...arguments);
    const { data = null, origin = "", lastEventId = "", source = null, ports = [] } = init ?? {};
    Object.assign(this, { data, origin: `${origin}`, lastEventId: `${lastEventId}`, source, ports: Object.freeze([...ports]) });
  }
  get [Symbol.toStringTag]() {
    return "MessageEvent";
  }
}
