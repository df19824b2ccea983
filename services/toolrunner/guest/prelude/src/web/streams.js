// The Streams standard, from web-streams-polyfill; the console shows streams as Node does.
import * as streams from "web-streams-polyfill";
import { defineGlobals } from "./define.js";

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

function showAs(StreamClass, name, members) {
  Object.defineProperty(StreamClass.prototype, INSPECT, {
    configurable: true,
    value(depth, options, inspect) {
      return `${name} ${inspect(members(this), { ...options, depth })}`;
    },
  });
}

defineGlobals({ ...streams });

// Closing twice throws Node's message, by which undici recognises this error.
function sayAlreadyClosed(ControllerClass) {
  const { close } = ControllerClass.prototype;
  Object.defineProperty(ControllerClass.prototype, "close", {
    value() {
      try {
        Reflect.apply(close, this, []);
      } catch (cause) {
        throw Object.assign(new TypeError("Invalid state: Controller is already closed", { cause }), { code: "ERR_INVALID_STATE" });
      }
    },
    writable: true,
    configurable: true,
    enumerable: true,
  });
}
sayAlreadyClosed(streams.ReadableStreamDefaultController);
sayAlreadyClosed(streams.ReadableByteStreamController);

showAs(streams.ReadableStream, "ReadableStream", (stream) => ({
  locked: stream.locked,
  state: stream._state,
  supportsBYOB: stream._readableStreamController instanceof streams.ReadableByteStreamController,
}));
showAs(streams.WritableStream, "WritableStream", (stream) => ({ locked: stream.locked, state: stream._state }));
showAs(streams.TransformStream, "TransformStream", (stream) => ({ readable: stream.readable, writable: stream.writable }));
for (const [name, value] of Object.entries(streams)) {
  if (value.prototype[INSPECT] === undefined) showAs(value, name, () => ({}));
}
