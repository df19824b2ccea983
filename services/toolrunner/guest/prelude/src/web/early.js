// Globals that other modules read while they are evaluated, so they come first.
import "./streams.js";
import "./encoding.js";
import { Buffer } from "./buffer.js";
import { URL, URLSearchParams } from "whatwg-url";
import { AbortController, AbortSignal } from "./abort.js";
import { Blob, File } from "./blob.js";
import { defineGlobals } from "./define.js";
import { DOMException } from "./dom-exception.js";
import { CustomEvent, ErrorEvent, Event, MessageEvent } from "./event.js";
import { EventTarget } from "./event-target.js";
import { BroadcastChannel, MessageChannel, MessagePort } from "./message-channel.js";

import "./object-urls.js";

const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "searchParams", "hash"];

function shownAs(ShownClass, show) {
  Object.defineProperty(ShownClass.prototype, INSPECT, { configurable: true, value: show });
}
shownAs(URL, function show(depth, options, inspect) {
  const parts = Object.fromEntries(PARTS.map((name) => [name, this[name]]));
  return depth < 0 ? "[URL]" : `URL ${inspect(parts, { ...options, depth })}`;
});
shownAs(URLSearchParams, function show(depth, options, inspect) {
  const pairs = [...this].map(([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`);
  return pairs.length === 0 ? "URLSearchParams {}" : `URLSearchParams { ${pairs.join(", ")} }`;
});

defineGlobals({
  AbortController, AbortSignal, Blob, BroadcastChannel, Buffer, CustomEvent, DOMException, ErrorEvent, Event, EventTarget,
  File, MessageChannel, MessageEvent, MessagePort, URL, URLSearchParams,
});
