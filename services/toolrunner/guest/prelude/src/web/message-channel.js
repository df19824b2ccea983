// MessageChannel: two ports within one sandbox that send each other copies of data, a turn later.
import { currentContext, inContext } from "../core/async-context.js";
import { structuredClone } from "./clone.js";
import { MessageEvent } from "./event.js";
import { defineHandler, EventTarget } from "./event-target.js";

const KEY = Symbol("construct");
let entangle;
let startPort;

/** Takes the oldest message that waits at a port, as `{message}`, or undefined. */
export let takeMessage;

export class MessagePort extends EventTarget {
  #other = null;
  #queue = [];
  #started = false;
  #context = currentContext(); // Node's ports call their listeners in the context that made them

  constructor(key) {
    if (key !== KEY) throw new TypeError("Illegal constructor: use a MessageChannel");
    super();
  }
  static {
    entangle = (one, two) => {
      one.#other = two;
      two.#other = one;
    };
    startPort = (port) => port.start();
    takeMessage = (port) => (port.#queue.length === 0 ? undefined : { message: port.#queue.shift() });
  }
  #deliver() {
    setImmediate(() => {
      if (!this.#started || this.#queue.length === 0) return;
      const event = new MessageEvent("message", { data: this.#queue.shift() });
      inContext(this.#context, this.dispatchEvent, this, [event]);
    });
  }
  postMessage(message, options) {
    const other = this.#other;
    const data = structuredClone(message, Array.isArray(options) ? { transfer: options } : options);
    if (other === null) return;
    other.#queue.push(data);
    if (other.#started) other.#deliver();
  }
  start() {
    if (this.#started) return;
    this.#started = true;
    this.#queue.forEach(() => this.#deliver());
  }
  close() {
    if (this.#other !== null) this.#other.#other = null;
    this.#other = null;
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  hasRef() {
    return this.#started;
  }
  get [Symbol.toStringTag]() {
    return "MessagePort";
  }
}
defineHandler(MessagePort, "message", (port) => startPort(port));
defineHandler(MessagePort, "messageerror");

export class MessageChannel {
  constructor() {
    this.port1 = new MessagePort(KEY);
    this.port2 = new MessagePort(KEY);
    entangle(this.port1, this.port2);
  }
}

const channels = new Map();

/** Sends copies of data to the other channels of the same name in the sandbox, a turn later. */
export class BroadcastChannel extends EventTarget {
  #name;
  #closed = false;
  constructor(name) {
    if (arguments.length === 0) throw Object.assign(new TypeError('The "name" argument must be specified'), { code: "ERR_MISSING_ARGS" });
    super();
    this.#name = `${name}`;
    if (!channels.has(this.#name)) channels.set(this.#name, new Set());
    channels.get(this.#name).add(this);
  }
  get name() {
    return this.#name;
  }
  postMessage(message) {
    if (this.#closed) throw new DOMException("BroadcastChannel is closed.", "InvalidStateError");
    for (const other of channels.get(this.#name)) {
      if (other === this) continue;
      const data = structuredClone(message);
      setImmediate(() => {
        if (!other.#closed) other.dispatchEvent(new MessageEvent("message", { data }));
      });
    }
  }
  close() {
    this.#closed = true;
    channels.get(this.#name)?.delete(this);
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  get [Symbol.toStringTag]() {
    return "BroadcastChannel";
  }
}
defineHandler(BroadcastChannel, "message");
defineHandler(BroadcastChannel, "messageerror");
