// The Node modules that have a shim, by name. Functions create their module on first use, since a
// package behind it may be large.
import assert from "./assert.js";
import asyncHooks from "./async-hooks.js";
import dgram from "./dgram.js";
import diagnosticsChannel from "./diagnostics-channel.js";
import { filesOf } from "./files.js";
import { networkModules } from "./network.js";
import { createProcess } from "./process.js";
import querystring from "./querystring.js";
import { timersPromises } from "./timers-promises.js";
import { types } from "./types.js";

// Modules that this Node does not have: `require` fails as Node's own does, imports get stand-ins.
const lacking = new Set(["sqlite"]);

const withDefault = (module) => ({ exports: { ...module, default: module }, whole: module });

const pure = {
  assert: () => assert,
  "assert/strict": () => assert.strict,
  async_hooks: () => asyncHooks,
  dgram: () => dgram,
  diagnostics_channel: () => diagnosticsChannel,
  events: () => require("./events.cjs"),
  path: () => require("./path.cjs"),
  "path/posix": () => require("./path.cjs").posix,
  "path/win32": () => require("./path.cjs").win32,
  punycode: () => require("punycode/").default,
  querystring: () => querystring,
  string_decoder: () => require("string_decoder/"),
  "util/types": () => types,
};

// Modules carried as text: `[package, member]`.
const PACKED = {
  _stream_duplex: ["stream", "Duplex"],
  _stream_passthrough: ["stream", "PassThrough"],
  _stream_readable: ["stream", "Readable"],
  _stream_transform: ["stream", "Transform"],
  _stream_writable: ["stream", "Writable"],
  buffer: ["buffer"],
  child_process: ["child_process"],
  cluster: ["cluster"],
  crypto: ["crypto"],
  dns: ["dns"],
  "dns/promises": ["dns", "promises"],
  domain: ["domain"],
  inspector: ["inspector", "callbacks"],
  "inspector/promises": ["inspector", "promises"],
  os: ["os"],
  perf_hooks: ["perf_hooks"],
  readline: ["readline"],
  "readline/promises": ["readline", "promises"],
  repl: ["repl"],
  stream: ["stream"],
  "stream/consumers": ["consumers"],
  "stream/promises": ["stream", "promises"],
  sys: ["util"],
  url: ["url"],
  util: ["util"],
  sea: ["idle", "sea"],
  test: ["idle", "test"],
  "test/reporters": ["idle", "test/reporters"],
  trace_events: ["idle", "trace_events"],
  tty: ["tty"],
  v8: ["v8"],
  vm: ["vm"],
  wasi: ["idle", "wasi"],
  worker_threads: ["worker_threads"],
  zlib: ["zlib"],
};

function packed(unpack) {
  const load = ([name, member]) => () => {
    const module = unpack(`node/${name}`);
    return member === undefined ? module : module[member];
  };
  return Object.fromEntries(Object.entries(PACKED).map(([name, from]) => [name, load(from)]));
}

/** Adds to the sandbox's console what Node's has beside its methods; `Console` is made when asked for. */
export function completeConsole(console, unpack) {
  const later = (name, get, enumerable) => {
    const set = (value) => Object.defineProperty(console, name, { value, writable: true, enumerable, configurable: true });
    Object.defineProperty(console, name, { get, set, enumerable, configurable: true });
  };
  later("Console", () => unpack("node/console").Console, true);
  later("_stdout", () => process.stdout, false);
  later("_stderr", () => process.stderr, false);
  return Object.assign(console, { context: () => console, createTask: () => ({ run: (callback) => callback() }) });
}

// The classes that are globals, too.
function webStreams() {
  const { CompressionStream, DecompressionStream, TextDecoderStream, TextEncoderStream } = globalThis;
  const ReadableStreamTee = (stream) => stream.tee();
  return { ...require("web-streams-polyfill"), ReadableStreamTee, TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream };
}

// Made once, whatever name it is imported by.
function whole(make) {
  let made;
  return () => (made ??= withDefault(make()));
}
const wholes = (makers) => Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, whole(make)]));

/**
 * `{shims, lacking}` for the catalogue, the global `process`, and `loads(source)`, which is told
 * of the program that is being loaded. `timers` and `nextTick` are the sandbox's, `env` is `process.env`; `calls` are the host
 * calls; `makeRequire()` gives a require function; `unpack(name)` evaluates a packed package;
 * `write(level, text)` is the console; `work.isCall` tells a call from the load.
 */
export function nodeModules({ work, calls, timers, nextTick, env, makeRequire, unpack, write }) {
  const getBuiltin = (name) => {
    const bare = `${name}`.replace(/^node:/, "");
    const isThere = Object.hasOwn(shims, bare);
    return isThere ? makeRequire()(name) : undefined;
  };
  const process = createProcess({ work, env, getBuiltin, nextTick, write, unpack, EventEmitter: require("./events.cjs") });
  const promises = timersPromises(timers);
  const files = filesOf({ unpack, process, timers });
  const network = networkModules(calls, unpack);
  const shims = {
    ...wholes({
      ...pure,
      ...packed(unpack),
      console: () => console,
      fs: () => files().fs,
      "fs/promises": () => files().promises,
      http: () => network.module("http"),
      https: () => network.module("https"),
      http2: () => network.module("http2"),
      net: () => network.module("net"),
      tls: () => network.module("tls"),
      constants: () => unpack("node/facts").constants,
      module: () => unpack("node/module")(makeRequire),
      process: () => process,
      "stream/web": webStreams,
      timers: () => ({ ...timers, promises }),
      "timers/promises": () => promises,
    }),
  };
  return { shims, process, lacking, loads: network.loads };
}
