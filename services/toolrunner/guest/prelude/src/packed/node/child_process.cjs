// node:child_process where no program can be found: callbacks, `error` events and rejections with
// ENOENT, and errors thrown by the synchronous ones.
const EventEmitter = require("events");
const { as, refusal, NO_PROCESSES } = require("sandbox");

const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");
const ENOENT = -2;
const stream = () => require("stream");

function errorOf(used, file, args, extra) {
  const details = { errno: ENOENT, code: "ENOENT", syscall: `spawn ${file}`, path: file, spawnargs: args };
  return refusal(`child_process.${used}`, NO_PROCESSES, { ...details, ...extra });
}

function invalid(name, value, expected) {
  const shown = value === null ? "null" : value === undefined ? "undefined" : `type ${typeof value}`;
  const message = `The "${name}" argument must be ${expected}. Received ${shown}`;
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

function fileOf(file, name = "file") {
  const text = file instanceof URL ? file.pathname : file;
  if (typeof text !== "string") throw invalid(name, file, "of type string");
  if (text === "") throw Object.assign(new TypeError(`The argument '${name}' cannot be empty. Received ''`), { code: "ERR_INVALID_ARG_VALUE" });
  return text;
}

class ChildProcess extends EventEmitter {
  constructor() {
    super();
    this._closesNeeded = 1;
    this._closesGot = 0;
    this.connected = false;
    this.signalCode = null;
    this.exitCode = null;
    this.killed = false;
    this.spawnfile = null;
    this._handle = null;
  }
  spawn() {
    return ENOENT;
  }
  kill() {
    return false;
  }
  ref() {}
  unref() {}
  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
    this.kill();
  }
}

// The pipes of a process that never began: what is written goes nowhere, and nothing comes out.
function pipesOf(options) {
  const given = options?.stdio ?? "pipe";
  const kinds = typeof given === "string" ? [given, given, given] : given;
  const kindOf = (fd) => kinds[fd] ?? "pipe";
  const make = [
    () => new (stream().Writable)({ write: (chunk, encoding, done) => done() }),
    () => new (stream().Readable)({ read() {} }),
    () => new (stream().Readable)({ read() {} }),
  ];
  return make.map((pipe, fd) => (["pipe", "overlapped"].includes(kindOf(fd)) ? pipe() : null));
}

function start(used, file, args, options, extra) {
  const child = new ChildProcess();
  const spawnargs = [file, ...args];
  child.spawnfile = file;
  child.spawnargs = spawnargs;
  child.stdio = pipesOf(options);
  [child.stdin, child.stdout, child.stderr] = child.stdio;
  const error = errorOf(used, file, args, extra);
  process.nextTick(() => {
    child.exitCode = ENOENT;
    for (const pipe of child.stdio) {
      if (pipe?.push) pipe.push(null);
      else pipe?.destroy();
    }
    child.emit("error", error);
    child.emit("close", ENOENT, null);
  });
  return child;
}

function argumentsOf(rest) {
  const [args, options] = Array.isArray(rest[0]) ? rest : [[], rest[0] ?? rest[1]];
  if (rest[0] !== undefined && rest[0] !== null && typeof rest[0] !== "object" && typeof rest[0] !== "function") throw invalid("args", rest[0], "an instance of Array");
  return { args: args.map(String), options: typeof options === "function" ? {} : (options ?? {}) };
}

// With a shell, it is the shell that cannot be found.
function commandOf(file, args, options) {
  if (!options.shell) return { file, args };
  const shell = typeof options.shell === "string" ? options.shell : "/bin/sh";
  return { file: shell, args: ["-c", [file, ...args].join(" ")] };
}

function spawn(file, ...rest) {
  const { args, options } = argumentsOf(rest);
  const command = commandOf(fileOf(file), args, options);
  return start("spawn", command.file, command.args, options);
}

function fork(path, ...rest) {
  const { args, options } = argumentsOf(rest);
  return start("fork", options.execPath ?? process.execPath, [fileOf(path, "modulePath"), ...args], { stdio: "ignore", ...options });
}

const emptyOf = (options) => (options.encoding === null || options.encoding === "buffer" ? Buffer.alloc(0) : "");

function executed(used, file, args, options, callback, extra) {
  const child = start(used, file, args, {}, { ...extra, killed: false });
  child.stdout.resume();
  child.stderr.resume();
  child.once("error", (error) => callback?.(error, emptyOf(options), emptyOf(options)));
  return child;
}

function execFile(file, ...rest) {
  const callback = rest.findLast((each) => typeof each === "function");
  const { args, options } = argumentsOf(rest);
  const command = commandOf(fileOf(file), args, options);
  return executed("execFile", command.file, command.args, options, callback, { cmd: [file, ...args].join(" ") });
}

const SHELLS = ["/bin/sh", "/bin/bash"];
// What a shell says that finds no program.
const NOT_FOUND = 127;

function exec(command, ...rest) {
  const callback = rest.findLast((each) => typeof each === "function");
  const options = typeof rest[0] === "object" && rest[0] !== null ? rest[0] : {};
  const shell = typeof options.shell === "string" ? options.shell : "/bin/sh";
  const extra = { cmd: command, ...(SHELLS.includes(shell) ? { code: NOT_FOUND } : {}) };
  return executed("exec", shell, ["-c", fileOf(command, "command")], options, callback, extra);
}

function promising(original) {
  const promised = (...args) => {
    let child;
    const promise = new Promise((resolve, reject) => {
      child = original(...args, (error, stdout, stderr) => (error ? reject(Object.assign(error, { stdout, stderr })) : resolve({ stdout, stderr })));
    });
    return Object.assign(promise, { child });
  };
  Object.defineProperty(original, PROMISIFY, { value: promised });
}
promising(exec);
promising(execFile);

function spawnedSync(used, file, args) {
  const error = errorOf(used, file, args, { syscall: `spawnSync ${file}` });
  return { error, status: null, signal: null, output: null, pid: 0 };
}

function spawnSync(file, ...rest) {
  const { args, options } = argumentsOf(rest);
  const command = commandOf(fileOf(file), args, options);
  return spawnedSync("spawnSync", command.file, command.args);
}

function throwing(result) {
  const { error, ...rest } = result;
  throw Object.assign(error, rest);
}

function execFileSync(file, ...rest) {
  const { args, options } = argumentsOf(rest);
  const command = commandOf(fileOf(file), args, options);
  return throwing(spawnedSync("execFileSync", command.file, command.args));
}

const execSync = (command) => throwing(spawnedSync("execSync", "/bin/sh", ["-c", fileOf(command, "command")]));

const all = { ChildProcess, exec, execFile, execFileSync, execSync, fork, spawn, spawnSync, _forkChild() {} };
for (const value of Object.values(all)) as("refused", value);
module.exports = all;
