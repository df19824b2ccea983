// process: an emitter with what Node's has. The environment is in environment.js; there is no other
// process, and none to end.
import { programEnded } from "../core/errors.js";
import { MAIN_FILE } from "../core/kinds.js";
import { createMembers } from "./process-members.js";
import { standardStreams } from "./standard-streams.js";

function hrtime(previous) {
  const now = performance.now();
  const seconds = Math.floor(now / 1000);
  const nanos = Math.floor((now % 1000) * 1e6);
  if (previous === undefined) return [seconds, nanos];
  const difference = (seconds - previous[0]) * 1e9 + nanos - previous[1];
  return [Math.floor(difference / 1e9), difference % 1e9];
}
hrtime.bigint = () => BigInt(Math.floor(performance.now() * 1e6));

const ending = (name, what) => ({
  [name](code) {
    throw programEnded(`this tool called process.${name}(${code ?? ""}): ${what}`);
  },
});

function warningOf(warning, options, code) {
  if (warning instanceof Error) return warning;
  const { type = "Warning", code: named, detail } = typeof options === "object" && options !== null ? options : { type: options, code };
  const made = new Error(`${warning}`);
  Object.defineProperty(made, "name", { value: `${type}`, writable: true, configurable: true });
  if (named !== undefined && typeof named !== "function") made.code = named;
  if (typeof detail === "string") made.detail = detail;
  return made;
}

// As Node prints a warning, but for the process's number.
const warningText = ({ name, code, message, detail }) =>
  `${code === undefined ? "" : `[${code}] `}${name}: ${message}${detail === undefined ? "" : `\n${detail}`}`;

/**
 * Makes `process` with this `env`; `getBuiltin(name)` implements `process.getBuiltinModule`, `write(level, text)`
 * is the console, `unpack` gives packed packages.
 */
export function createProcess({ work, env, getBuiltin, nextTick, write, unpack, EventEmitter }) {
  const constructor = Object.defineProperty(function () {}, "name", { value: "process" });
  const parent = Object.create(EventEmitter.prototype, {
    constructor: { value: constructor, writable: true, configurable: true },
    [Symbol.toStringTag]: { value: "process", configurable: true },
  });
  const self = Object.create(parent);
  let mask = 0o22;
  const tick = (callback, ...args) => nextTick(callback, ...args);
  Object.defineProperties(self, Object.getOwnPropertyDescriptors(createMembers(unpack)));
  Object.assign(self, {
    env,
    argv: ["node", MAIN_FILE],
    argv0: "node",
    execArgv: [],
    execPath: "/node",
    title: "node",
    pid: 1,
    ppid: 0,
    exitCode: undefined,
    debugPort: 9229,
    umask: (next) => {
      const before = mask;
      if (next !== undefined) mask = (typeof next === "string" ? Number.parseInt(next, 8) : next) & 0o777;
      return before;
    },
    uptime: () => performance.now() / 1000,
    hrtime,
    nextTick: tick,
    emitWarning(warning, options, code) {
      const made = warningOf(warning, options, code);
      write("warn", warningText(made));
      tick(() => self.emit("warning", made));
    },
    getBuiltinModule: getBuiltin,
    ...ending("exit", "there is no process to end"),
    ...ending("reallyExit", "there is no process to end"),
    ...ending("abort", "there is no process to end"),
  });
  Object.assign(self, standardStreams(work, write, () => unpack("node/stream")));
  EventEmitter.call(self);
  return self;
}
