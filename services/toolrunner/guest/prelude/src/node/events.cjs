// node:events from the package `events`, with the statics that newer releases of Node have.
const EventEmitter = require("events/");
const { emitterResource } = require("./emitter-resource.js");

EventEmitter.setMaxListeners = () => {};
EventEmitter.getEventListeners = (emitter, name) => emitter.listeners?.(name) ?? [];
EventEmitter.errorMonitor ??= Symbol("events.errorMonitor");
EventEmitter.captureRejectionSymbol ??= Symbol.for("nodejs.rejection");
EventEmitter.EventEmitterAsyncResource ??= emitterResource(EventEmitter);

module.exports = EventEmitter;
