// The Streams standard, from web-streams-polyfill, shown by the console as Node shows its own.
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

// Closing twice has Node's words: undici tells this error from others by them.
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
