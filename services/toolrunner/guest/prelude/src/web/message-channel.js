// MessageChannel: two ports within one sandbox that send each other copies of data, a turn later.
import { structuredClone } from "./clone.js";
import { MessageEvent } from "./event.js";
import { defineHandler, EventTarget } from "./event-target.js";

const KEY = Symbol("construct");
let entangle;
let startPort;

export class MessagePort extends EventTarget {
  #other = null;
  #queue = [];
  #started = false;

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
  }
  #deliver() {
    setImmediate(() => {
      if (!this.#started || this.#queue.length === 0) return;
      this.dispatchEvent(new MessageEvent("message", { data: this.#queue.shift() }));
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
