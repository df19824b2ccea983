// Functions of node:util about functions, callbacks and signals.
const { inspect } = require("./util-inspect.cjs");

const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");
const ARGUMENT_NAMES = Symbol.for("nodejs.util.promisify.customArgs");

function invalid(name, expected, value) {
  const shown = value === null || value === undefined ? `${value}` : typeof value === "function" ? `function ${value.name}` : typeof value === "object" ? `an instance of ${value.constructor?.name}` : `type ${typeof value} (${inspect(value)})`;
  return Object.assign(new TypeError(`The "${name}" argument must be ${expected}. Received ${shown}`), { code: "ERR_INVALID_ARG_TYPE" });
}

function checkFunction(value, name) {
  if (typeof value !== "function") throw invalid(name, "of type function", value);
}

function promisify(original) {
  checkFunction(original, "original");
  if (original[PROMISIFY]) {
    checkFunction(original[PROMISIFY], "util.promisify.custom");
    return Object.defineProperty(original[PROMISIFY], PROMISIFY, { value: original[PROMISIFY], configurable: true });
  }
  const names = original[ARGUMENT_NAMES];
  function promisified(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => {
        if (error) reject(error);
        else if (names !== undefined && values.length > 1) resolve(Object.fromEntries(names.map((name, i) => [name, values[i]])));
        else resolve(values[0]);
      }]);
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, PROMISIFY, { value: promisified, configurable: true });
  return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = PROMISIFY;

function rejectionOf(reason) {
  if (reason) return reason;
  return Object.assign(new Error("Promise was rejected with a falsy value"), { code: "ERR_FALSY_VALUE_REJECTION", reason });
}

function callbackify(original) {
  checkFunction(original, "original");
  function callbackified(...args) {
    const callback = args.pop();
    checkFunction(callback, "last argument");
    const bound = callback.bind(this);
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(bound, null, value),
      (reason) => process.nextTick(bound, rejectionOf(reason)),
    );
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === "number") descriptors.length.value++;
  if (typeof descriptors.name.value === "string") descriptors.name.value += "Callbackified";
  return Object.defineProperties(callbackified, descriptors);
}

function inherits(child, parent) {
  if (child === undefined || child === null) throw invalid("ctor", "of type function", child);
  if (parent === undefined || parent === null) throw invalid("superCtor", "of type function", parent);
  if (parent.prototype === undefined) throw invalid("superCtor.prototype", "of type object", parent.prototype);
  Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(child.prototype, parent.prototype);
}

const warnedCodes = new Set();
function deprecate(original, message, code) {
  checkFunction(original, "fn");
  let warned = false;
  function deprecated(...args) {
    if (!warned && !process.noDeprecation) {
      warned = true;
      if (code === undefined || !warnedCodes.has(code)) process.emitWarning(message, "DeprecationWarning", code);
      if (code !== undefined) warnedCodes.add(code);
    }
    return new.target ? Reflect.construct(original, args, new.target) : Reflect.apply(original, this, args);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

// NODE_DEBUG is read when the log is first used, as Node does at its start.
function debuglog(set, started) {
  const name = `${set}`.toUpperCase();
  let isOn;
  const enabled = () => {
    const wanted = `${process.env.NODE_DEBUG ?? ""}`.toUpperCase().split(",").map((each) => each.trim());
    isOn ??= wanted.some((each) => each !== "" && new RegExp(`^${each.replace(/[|\\{}()[\]^$+?.]/g, "\\$&").replaceAll("*", ".*")}$`).test(name));
    return isOn;
  };
  const { format } = require("./util-inspect.cjs");
  const log = (...args) => {
    if (enabled()) process.stderr.write(`${name} ${process.pid}: ${format(...args)}\n`);
  };
  if (typeof started === "function") started(log);
  return Object.defineProperty(log, "enabled", { get: enabled, configurable: true, enumerable: true });
}

function checkSignal(signal) {
  if (typeof signal !== "object" || signal === null || !("aborted" in signal)) throw invalid("signal", "an instance of AbortSignal", signal);
}

async function aborted(signal, resource) {
  checkSignal(signal);
  if (resource === null || (typeof resource !== "object" && typeof resource !== "function")) throw invalid("resource", "an Object", resource);
  if (signal.aborted) return undefined;
  return await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

module.exports = {
  aborted, callbackify, debuglog, deprecate, inherits, promisify, invalid,
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal(signal) {
    checkSignal(signal);
    return signal;
  },
};
