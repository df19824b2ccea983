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
