// node:events from the package `events`, with what newer releases of Node have beside it.
const EventEmitter = require("events/");
const { once, on, addAbortListener } = require("./events-async.cjs");
const { emitterResource } = require("./emitter-resource.js");

const errorMonitor = Symbol("events.errorMonitor");
const { emit } = EventEmitter.prototype;

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

// Listeners of the monitor see an error before the others, and do not count as handling it.
EventEmitter.prototype.emit = function (type, ...args) {
  if (type === "error") {
    if (this._events?.[errorMonitor] !== undefined) emit.call(this, errorMonitor, ...args);
    if (this._events?.error === undefined && !(args[0] instanceof Error)) throw unhandled(args[0]);
  }
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
  captureRejectionSymbol: Symbol.for("nodejs.rejection"),
  captureRejections: false,
  usingDomains: false,
  init: EventEmitter.init,
  listenerCount: (emitter, name) => emitter.listenerCount(name),
  EventEmitter,
  EventEmitterAsyncResource: emitterResource(EventEmitter),
});
