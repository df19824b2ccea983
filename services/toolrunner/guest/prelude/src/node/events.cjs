// node:events from the package `events`, with what newer releases of Node have beside it.
const Package = require("events/");
const { once, on, addAbortListener } = require("./events-async.cjs");
const { emitterResource } = require("./emitter-resource.js");

const errorMonitor = Symbol("events.errorMonitor");
const captures = Symbol("kCapture");
const rejection = Symbol.for("nodejs.rejection");
const { emit } = Package.prototype;

// Node's takes options, which the package's does not.
function EventEmitter(options) {
  Package.call(this);
  const wanted = options?.captureRejections;
  if (wanted !== undefined && typeof wanted !== "boolean") throw invalidOption(wanted);
  if (wanted ?? EventEmitter.captureRejections) Object.defineProperty(this, captures, { value: true, writable: true, configurable: true });
}
EventEmitter.prototype = Package.prototype;
EventEmitter.prototype.constructor = EventEmitter;
Object.defineProperty(EventEmitter, "defaultMaxListeners", {
  get: () => Package.defaultMaxListeners,
  set: (count) => void (Package.defaultMaxListeners = count),
  enumerable: true,
  configurable: true,
});

function invalidOption(given) {
  const message = `The "options.captureRejections" property must be of type boolean. Received ${given === null ? "null" : `type ${typeof given} (${given})`}`;
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

function targetListeners(target, name) {
  return typeof target.listeners === "function" ? target.listeners(name) : [];
}

function setMaxListeners(count = EventEmitter.defaultMaxListeners, ...emitters) {
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const each of emitters) if (typeof each.setMaxListeners === "function") each.setMaxListeners(count);
}

function getMaxListeners(emitter) {
  return typeof emitter.getMaxListeners === "function" ? emitter.getMaxListeners() : 0;
}

function unhandled(reason) {
  const shown = typeof reason === "string" ? `'${reason}'` : String(reason);
  return Object.assign(new Error(`Unhandled error. (${shown})`), { code: "ERR_UNHANDLED_ERROR", context: reason });
}

// What a listener's promise is rejected with goes to the emitter's own handler, or is its error.
function capture(emitter, promise, type, args) {
  const tell = (error) => {
    if (typeof emitter[rejection] === "function") return void emitter[rejection](error, type, ...args);
    emitter[captures] = false;
    try {
      emitter.emit("error", error);
    } finally {
      emitter[captures] = true;
    }
  };
  promise.then(undefined, (error) => process.nextTick(tell, error));
}

function emitCapturing(emitter, type, args) {
  const listeners = [emitter._events?.[type] ?? []].flat();
  for (const listener of listeners) {
    const result = Reflect.apply(listener, emitter, args);
    if (typeof result?.then === "function") capture(emitter, result, type, args);
  }
  return listeners.length > 0;
}

// Listeners of the monitor see an error before the others, and do not count as handling it.
EventEmitter.prototype.emit = function (type, ...args) {
  if (type === "error") {
    if (this._events?.[errorMonitor] !== undefined) emit.call(this, errorMonitor, ...args);
    if (this._events?.error === undefined && !(args[0] instanceof Error)) throw unhandled(args[0]);
  }
  if (this[captures] && this._events?.[type] !== undefined) return emitCapturing(this, type, args);
  return emit.call(this, type, ...args);
};

module.exports = Object.assign(EventEmitter, {
  once,
  on,
  addAbortListener,
  setMaxListeners,
  getMaxListeners,
  getEventListeners: targetListeners,
  errorMonitor,
  captureRejectionSymbol: rejection,
  captureRejections: false,
  usingDomains: false,
  init: Package.init,
  listenerCount: (emitter, name) => emitter.listenerCount(name),
  EventEmitter,
  EventEmitterAsyncResource: emitterResource(EventEmitter),
});
