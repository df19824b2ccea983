// Every global that the sandbox adds to the bare engine.
import "./web/early.js";
import { createIntl } from "./intl/intl.js";
import { atob, btoa } from "./web/base64.js";
import { structuredClone } from "./web/clone.js";
import { URLPattern } from "urlpattern-polyfill/urlpattern";
import { completeCallSites } from "./web/call-sites.js";
import { createCompression } from "./web/compression.js";
import { createCrypto } from "./web/crypto.js";
import { defineGlobals } from "./web/define.js";
import { createFetch } from "./web/fetch.js";
import { PerformanceEntry, PerformanceMark, PerformanceMeasure } from "./web/performance.js";
import { CryptoKey } from "./web/subtle/key.js";
import { unavailableGlobals } from "./web/unavailable.js";
import { FormData, Headers, Request, Response } from "./web/undici/fetch-classes.cjs";

/** queueMicrotask whose callback, when it throws, fails the running work as in Node. */
function microtaskQueue(fail) {
  return function queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask needs a function");
    Promise.resolve().then(callback).then(undefined, fail);
  };
}

/** Put the globals in place. */
export function installGlobals({ native, calls, timers, console, fail, performance, process, require, unpack, intlData }) {
  defineGlobals({
    ...unavailableGlobals(),
    FormData, Headers, PerformanceEntry, PerformanceMark, PerformanceMeasure, Request, Response,
    atob, btoa, console, structuredClone,
    ...timers,
    fetch: createFetch(calls),
    ...createCrypto(native.randomBytes, unpack),
    ...createCompression(unpack),
    CryptoKey, URLPattern,
    Intl: createIntl(intlData),
    performance,
    queueMicrotask: microtaskQueue(fail),
    global: globalThis,
    self: globalThis,
    process,
    require,
    // Every call starts from scratch, so compiling a schema would cost zod what it gains.
    __zod_globalConfig: { jitless: true },
    navigator: Object.freeze({ userAgent: "Caisson", language: "en", onLine: false, hardwareConcurrency: 1 }),
  });
  completeCallSites();
  // There is one thread, so no one to share memory with; shared memory could also serve as a clock.
  delete globalThis.SharedArrayBuffer;
}
