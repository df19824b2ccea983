// node:console: the sandbox's console, and Console over streams of a program's own.
const { format, inspect, table } = require("sandbox");

class Console {
  #indent = "";
  #counts = new Map();
  #times = new Map();
  #step;
  #options;
  constructor(given, second) {
    const options = typeof given?.write === "function" ? { stdout: given, stderr: second } : given;
    const { stdout, stderr = stdout, groupIndentation = 2, inspectOptions } = options ?? {};
    for (const [name, stream] of Object.entries({ stdout, stderr })) {
      if (typeof stream?.write === "function") continue;
      throw Object.assign(new TypeError(`Console expects a writable stream instance for ${name}`), { code: "ERR_CONSOLE_WRITABLE_STREAM" });
    }
    this.#step = " ".repeat(groupIndentation);
    this.#options = inspectOptions;
    for (const [name, value] of Object.entries({ _stdout: stdout, _stderr: stderr })) Object.defineProperty(this, name, { value, writable: true, configurable: true });
    // Methods are bound, as Node's are.
    for (const name of Object.getOwnPropertyNames(Console.prototype)) {
      if (name !== "constructor") this[name] = this[name].bind(this);
    }
  }
  #put(stream, args) {
    const text = format(args, this.#options ?? {});
    stream.write(`${this.#indent}${text.replaceAll("\n", `\n${this.#indent}`)}\n`);
  }
  log(...args) {
    this.#put(this._stdout, args);
  }
  debug(...args) {
    this.#put(this._stdout, args);
  }
  info(...args) {
    this.#put(this._stdout, args);
  }
  warn(...args) {
    this.#put(this._stderr, args);
  }
  error(...args) {
    this.#put(this._stderr, args);
  }
  dir(value, options) {
    this.#put(this._stdout, [inspect(value, { customInspect: false, ...this.#options, ...options })]);
  }
  dirxml(...args) {
    this.log(...args);
  }
  assert(value, ...args) {
    if (value) return;
    if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift("Assertion failed");
    this.warn(...args);
  }
  trace(...args) {
    const error = new Error(format(args));
    this.error(`Trace${error.message === "" ? "" : `: ${error.message}`}\n${error.stack}`);
  }
  group(...args) {
    if (args.length > 0) this.log(...args);
    this.#indent += this.#step;
  }
  groupCollapsed(...args) {
    this.group(...args);
  }
  groupEnd() {
    this.#indent = this.#indent.slice(0, this.#indent.length - this.#step.length);
  }
  count(label = "default") {
    const count = (this.#counts.get(`${label}`) ?? 0) + 1;
    this.#counts.set(`${label}`, count);
    this.log(`${label}: ${count}`);
  }
  countReset(label = "default") {
    this.#counts.delete(`${label}`);
  }
  time(label = "default") {
    this.#times.set(`${label}`, performance.now());
  }
  timeLog(label = "default", ...args) {
    const start = this.#times.get(`${label}`);
    if (start !== undefined) this.log(`${label}: ${(performance.now() - start).toFixed(3)}ms`, ...args);
  }
  timeEnd(label = "default") {
    this.timeLog(label);
    this.#times.delete(`${label}`);
  }
  table(data, columns) {
    const drawn = table(data, columns);
    this.log(drawn === undefined ? data : drawn);
  }
  clear() {}
  profile() {}
  profileEnd() {}
  timeStamp() {}
}
module.exports = { Console };
