// node:util, without the parts that depend on engine internals.
import { format } from "../console/format.js";
import { inspect } from "../console/inspect.js";
import { notAvailable } from "../core/errors.js";
import { isDeepEqual } from "./deep-equal.js";
import { types } from "./types.js";

const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");
const ANSI = /[\u001b\u009b][[\]()#;?]*(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g;

function promisify(original) {
  if (typeof original !== "function") throw new TypeError("promisify needs a function");
  if (typeof original[PROMISIFY] === "function") return original[PROMISIFY];
  return function promisified(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };
}
promisify.custom = PROMISIFY;

function callbackify(original) {
  return function callbackified(...args) {
    const callback = args.pop();
    original.apply(this, args).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (error) => queueMicrotask(() => callback(error ?? new Error("rejected without a reason"))),
    );
  };
}

function inherits(child, parent) {
  Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(child.prototype, parent.prototype);
}

function deprecate(original, message) {
  let warned = false;
  return function deprecated(...args) {
    if (!warned) console.warn(`DeprecationWarning: ${message}`);
    warned = true;
    return new.target ? Reflect.construct(original, args, new.target) : original.apply(this, args);
  };
}

function debuglog() {
  return Object.assign(() => {}, { enabled: false });
}

function toUSVString(text) {
  return `${text}`.toWellFormed();
}

function refusing(name) {
  return () => {
    throw notAvailable(`util.${name} of Node is not available in the sandbox`);
  };
}

export default {
  getCallSites: () => [],
  parseArgs: refusing("parseArgs"),
  parseEnv: refusing("parseEnv"),
  getSystemErrorName: refusing("getSystemErrorName"),
  format: (...args) => format(args),
  formatWithOptions: (options, ...args) => format(args, options),
  inspect,
  promisify,
  callbackify,
  inherits,
  deprecate,
  debuglog,
  debug: debuglog,
  types,
  toUSVString,
  isDeepStrictEqual: (left, right) => isDeepEqual(left, right),
  stripVTControlCharacters: (text) => `${text}`.replace(ANSI, ""),
  styleText: (style, text) => text,
  isArray: Array.isArray,
  get TextEncoder() {
    return TextEncoder;
  },
  get TextDecoder() {
    return TextDecoder;
  },
};
