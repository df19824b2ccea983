// The Node modules that have a shim, by name. Functions create their module on first use, since a
// package behind it may be large.
import assert from "./assert.js";
import asyncHooks from "./async-hooks.js";
import { createNodeCrypto } from "./crypto.js";
import { denied, lacking } from "./denied.js";
import diagnosticsChannel from "./diagnostics-channel.js";
import { fsConstants } from "./fs-constants.js";
import { http, net, tty, workerThreads } from "./network-constants.js";
import os from "./os.js";
import { createProcess } from "./process.js";
import querystring from "./querystring.js";
import { timersPromises } from "./timers-promises.js";
import { types } from "./types.js";
import url from "./url.js";
import util from "./util.js";
import { createZlib } from "./zlib.js";

const withDefault = (module) => ({ exports: { ...module, default: module }, whole: module });
const partly = (members) => () => ({ exports: members });

function bufferModule() {
  const buffer = require("buffer/");
  const constants = { MAX_LENGTH: buffer.kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 };
  const isUtf8 = (bytes) => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes) !== undefined;
    } catch {
      return false;
    }
  };
  const isAscii = (bytes) => Buffer.from(bytes).every((byte) => byte < 0x80);
  return { ...buffer, constants, Blob, File, atob, btoa, isUtf8, isAscii };
}

const pure = {
  assert: () => withDefault(assert),
  "assert/strict": () => withDefault(assert.strict),
  async_hooks: () => withDefault(asyncHooks),
  buffer: () => withDefault(bufferModule()),
  diagnostics_channel: () => withDefault(diagnosticsChannel),
  events: () => withDefault(require("./events.cjs")),
  os: () => withDefault(os),
  path: () => withDefault(require("./path.cjs")),
  "path/posix": () => withDefault(require("./path.cjs")),
  perf_hooks: () => withDefault({ performance, PerformanceObserver: class { observe() {} disconnect() {} } }),
  punycode: () => withDefault(require("punycode/")),
  querystring: () => withDefault(querystring),
  "stream/web": () => withDefault({ ...require("web-streams-polyfill") }),
  string_decoder: () => withDefault(require("string_decoder/")),
  tty: () => withDefault(tty),
  url: () => withDefault(url),
  util: () => withDefault(util),
  "util/types": () => withDefault(types),
  console: () => withDefault(console),
};

// Harmless members of denied modules that programs read while they load.
const harmless = {
  http: partly(http),
  https: partly(http),
  net: partly(net),
  worker_threads: partly(workerThreads),
  fs: partly(fsConstants),
  "fs/promises": partly(fsConstants),
};

function moduleModule(makeRequire, names) {
  const createRequire = () => makeRequire();
  const isBuiltin = (name) => names.has(name.replace(/^node:/, ""));
  class Module {}
  return withDefault(Object.assign(Module, { Module, createRequire, isBuiltin, builtinModules: [...names] }));
}

/**
 * `{shims, denied, lacking}` for the catalogue, and the global `process`. `timers` and
 * `nextTick` are the sandbox's, `env` is `process.env`; `makeRequire()` gives a require function; `unpack(name)` evaluates a packed package.
 */
export function nodeModules({ timers, nextTick, env, makeRequire, unpack }) {
  const names = new Set([...Object.keys(pure), ...Object.keys(denied), ...lacking]);
  for (const name of ["process", "timers", "timers/promises", "module", "stream", "stream/promises", "crypto", "zlib"]) names.add(name);
  const process = createProcess((name) => {
    if (!names.has(`${name}`.replace(/^node:/, ""))) return undefined;
    return makeRequire()(name);
  }, nextTick, env);
  const promises = timersPromises(timers);
  const shims = {
    ...pure,
    ...harmless,
    process: () => withDefault(process),
    stream: () => withDefault(unpack("stream")),
    "stream/promises": () => withDefault(unpack("stream").promises),
    timers: () => withDefault({ ...timers, promises }),
    "timers/promises": () => withDefault(promises),
    crypto: () => withDefault(createNodeCrypto(unpack)),
    zlib: () => withDefault(createZlib(unpack, () => unpack("stream"))),
    module: () => moduleModule(makeRequire, names),
  };
  return { shims, process, denied, lacking };
}
