// node:util.
const { inspect, format, formatWithOptions, stripVTControlCharacters } = require("./util-inspect.cjs");
const { as, inert, isDeepEqual, types, facts, unpack } = require("sandbox");
const { aborted, callbackify, debuglog, deprecate, inherits, promisify, transferableAbortController, transferableAbortSignal } = require("./util-functions.cjs");
const { diff } = require("./util-diff.cjs");
const { errnoException, getSystemErrorMap, getSystemErrorMessage, getSystemErrorName, hostPortException } = require("./util-errors.cjs");
const { MIMEParams, MIMEType } = require("./util-mime.cjs");
const { parseEnv, styleText } = require("./util-text.cjs");

module.exports = {
  _errnoException: errnoException,
  _exceptionWithHostPort: hostPortException,
  _extend(target, source) {
    if (source === null || typeof source !== "object") return target;
    for (const key of Object.keys(source)) target[key] = source[key];
    return target;
  },
  callbackify,
  convertProcessSignalToExitCode(signal) {
    const number = facts().os.signals[signal];
    if (number !== undefined) return 128 + number;
    throw Object.assign(new TypeError(`Unknown signal: ${signal}`), { code: "ERR_UNKNOWN_SIGNAL" });
  },
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  styleText,
  formatWithOptions,
  getCallSites: inert("getCallSites", () => []),
  getSystemErrorMap,
  getSystemErrorName,
  getSystemErrorMessage,
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual: (left, right) => isDeepEqual(left, right),
  promisify,
  stripVTControlCharacters,
  toUSVString: (text) => `${text}`.toWellFormed(),
  transferableAbortSignal: as("inert", transferableAbortSignal),
  transferableAbortController: as("inert", transferableAbortController),
  aborted,
  types,
  parseEnv,
  parseArgs: (config) => unpack("node/util-arguments").parseArgs(config),
  TextDecoder,
  TextEncoder,
  MIMEType,
  MIMEParams,
  diff,
  setTraceSigInt: inert("setTraceSigInt"),
};
