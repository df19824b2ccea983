// process: harmless constants. The environment is in environment.js; there is no file system and no
// exit.
import { notAvailable } from "../core/errors.js";

const VERSION = "24.0.0";
const nothing = () => {};

function hrtime(previous) {
  const now = performance.now();
  const seconds = Math.floor(now / 1000);
  const nanos = Math.floor((now % 1000) * 1e6);
  if (previous === undefined) return [seconds, nanos];
  const difference = (seconds - previous[0]) * 1e9 + nanos - previous[1];
  return [Math.floor(difference / 1e9), difference % 1e9];
}
hrtime.bigint = () => BigInt(Math.floor(performance.now() * 1e6));

function stream(level) {
  return {
    isTTY: false,
    columns: 80,
    write(chunk) {
      console[level](`${chunk}`.replace(/\n$/, ""));
      return true;
    },
    on: nothing,
    once: nothing,
    emit: nothing,
    end: nothing,
  };
}

/** Makes `process` with this `env`; `getBuiltin(name)` implements `process.getBuiltinModule`. */
export function createProcess(getBuiltin, nextTick, env) {
  const self = {};
  const chain = () => self;
  Object.defineProperty(self, Symbol.toStringTag, { value: "process", configurable: true });
  return Object.assign(self, {
    env,
    argv: ["node", "/bundle.js"],
    argv0: "node",
    execArgv: [],
    execPath: "/node",
    title: "caisson",
    pid: 1,
    ppid: 0,
    platform: "linux",
    arch: "wasm32",
    version: `v${VERSION}`,
    versions: { node: VERSION, quickjs: "0.17" },
    release: { name: "caisson" },
    config: {},
    features: {},
    exitCode: undefined,
    stdout: stream("log"),
    stderr: stream("error"),
    stdin: { isTTY: false, on: nothing },
    cwd: () => "/",
    umask: () => 18,
    uptime: () => performance.now() / 1000,
    hrtime,
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    cpuUsage: () => ({ user: 0, system: 0 }),
    nextTick,
    emitWarning: (warning) => console.warn(`${warning?.message ?? warning}`),
    getBuiltinModule: getBuiltin,
    on: chain,
    once: chain,
    off: chain,
    addListener: chain,
    removeListener: chain,
    removeAllListeners: chain,
    prependListener: chain,
    emit: () => false,
    listeners: () => [],
    listenerCount: () => 0,
    exit: (code) => {
      throw notAvailable(`this tool called process.exit(${code ?? ""}): there is no process to end`);
    },
    abort: () => {
      throw notAvailable("this tool called process.abort: there is no process to end");
    },
    chdir: () => {
      throw notAvailable("this tool called process.chdir: the sandbox has no file system");
    },
    binding: () => {
      throw notAvailable("this tool called process.binding: there is nothing below the sandbox");
    },
  });
}
