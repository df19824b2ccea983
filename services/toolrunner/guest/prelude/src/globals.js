// Every global that the sandbox has beyond the bare engine.
import "./web/streams.js";
import "./web/encoding.js";
import { Buffer } from "buffer/";
import { URL, URLSearchParams } from "whatwg-url";
import { AbortController, AbortSignal } from "./web/abort.js";
import { atob, btoa } from "./web/base64.js";
import { Blob, File, FormData } from "./web/blob.js";
import { structuredClone } from "./web/clone.js";
import { createCrypto } from "./web/crypto.js";
import { defineGlobals } from "./web/define.js";
import { DOMException } from "./web/dom-exception.js";
import { CustomEvent, ErrorEvent, Event, EventTarget, MessageEvent } from "./web/event-target.js";
import { createFetch } from "./web/fetch.js";
import { Headers } from "./web/headers.js";
import { createPerformance } from "./web/performance.js";
import { Request, Response } from "./web/response.js";
import { unavailableGlobals } from "./web/unavailable.js";

/** queueMicrotask whose callback, when it throws, fails the running work as in Node. */
function microtaskQueue(fail) {
  return function queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask needs a function");
    Promise.resolve().then(callback).then(undefined, fail);
  };
}

/** Put the globals in place. */
export function installGlobals({ native, calls, timers, console, fail, process, require }) {
  defineGlobals({
    ...unavailableGlobals(),
    AbortController, AbortSignal, Blob, Buffer, CustomEvent, DOMException, ErrorEvent, Event,
    EventTarget, File, FormData, Headers, MessageEvent, Request, Response, URL, URLSearchParams,
    atob, btoa, console, structuredClone,
    ...timers,
    fetch: createFetch(calls),
    crypto: createCrypto(native.randomBytes),
    performance: createPerformance(),
    queueMicrotask: microtaskQueue(fail),
    global: globalThis,
    self: globalThis,
    process,
    require,
    // Every call starts afresh: what zod would gain by compiling a schema, compiling would cost.
    __zod_globalConfig: { jitless: true },
    navigator: Object.freeze({ userAgent: "Caisson", language: "en", onLine: false, hardwareConcurrency: 1 }),
  });
  // One thread: there is nobody to share memory with, and no clock is to be made of it.
  delete globalThis.SharedArrayBuffer;
}
