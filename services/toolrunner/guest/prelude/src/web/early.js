// Globals that other parts take when they are evaluated, which is why they come first.
import "./streams.js";
import "./encoding.js";
import { Buffer } from "buffer/";
import { URL, URLSearchParams } from "whatwg-url";
import { AbortController, AbortSignal } from "./abort.js";
import { Blob, File } from "./blob.js";
import { defineGlobals } from "./define.js";
import { DOMException } from "./dom-exception.js";
import { CustomEvent, ErrorEvent, Event, MessageEvent } from "./event.js";
import { EventTarget } from "./event-target.js";
import { MessageChannel, MessagePort } from "./message-channel.js";

defineGlobals({
  AbortController, AbortSignal, Blob, Buffer, CustomEvent, DOMException, ErrorEvent, Event, EventTarget,
  File, MessageChannel, MessageEvent, MessagePort, URL, URLSearchParams,
});
