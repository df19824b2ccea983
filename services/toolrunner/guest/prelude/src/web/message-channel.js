// MessageChannel: two ports within one sandbox that send each other copies of data, a turn later.
import { currentContext, inContext } from "../core/async-context.js";
import { structuredClone } from "./clone.js";
import { Event, MessageEvent } from "./event.js";
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
  #listeners = []; // of Node's kind: {type, listener, called}
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
    const other = this.#other;
    if (other === null) return;
    this.#other = other.#other = null;
    setImmediate(() => [this, other].forEach((port) => port.dispatchEvent(new Event("close"))));
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
  // What Node's ports have of an emitter: their listeners get the data itself.
  #listen(type, listener, once) {
    const called = (event) => {
      if (once) this.off(type, listener);
      if (event instanceof MessageEvent) listener.call(this, event.data);
      else listener.call(this, event);
    };
    this.#listeners.push({ type, listener, called });
    this.addEventListener(type, called);
    if (type === "message") this.start();
    return this;
  }
  on(type, listener) {
    return this.#listen(type, listener, false);
  }
  once(type, listener) {
    return this.#listen(type, listener, true);
  }
  off(type, listener) {
    const at = this.#listeners.findLastIndex((each) => each.type === type && each.listener === listener);
    if (at >= 0) this.removeEventListener(type, this.#listeners.splice(at, 1)[0].called);
    return this;
  }
  removeAllListeners(type) {
    const wanted = this.#listeners.filter((each) => type === undefined || each.type === type);
    for (const each of wanted) this.off(each.type, each.listener);
    return this;
  }
  emit(type, data) {
    const isHeard = this.listenerCount(type) > 0;
    this.dispatchEvent(type === "message" || type === "messageerror" ? new MessageEvent(type, { data }) : new Event(type));
    return isHeard;
  }
  listenerCount(type) {
    return this.#listeners.filter((each) => each.type === type).length;
  }
  eventNames() {
    return [...new Set(this.#listeners.map(({ type }) => type))];
  }
  get [Symbol.toStringTag]() {
    return "MessagePort";
  }
}
Object.defineProperty(MessagePort.prototype, "addListener", { value: MessagePort.prototype.on, configurable: true, writable: true });
Object.defineProperty(MessagePort.prototype, "removeListener", { value: MessagePort.prototype.off, configurable: true, writable: true });
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
