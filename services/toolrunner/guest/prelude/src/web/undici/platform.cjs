// What undici takes from Node's modules (`node:assert`, `node:util`, `node:stream`, ...), in one.
const { default: assert } = require("../../node/assert.js");
const { types } = require("../../node/types.js");
const { inspect } = require("../../console/inspect.js");
const { format } = require("../../console/format.js");
const { isDisturbed, isErrored } = require("../stream-state.js");

const DEFAULT_LISTENERS = 10;

function randomInt(most) {
  const [upper, lower] = crypto.getRandomValues(new Uint32Array(2));
  return Math.floor((((upper & 0x1fffff) * 2 ** 32 + lower) / 2 ** 53) * most);
}

const platform = {
  types,
  ...types,
  inspect,
  formatWithOptions: (options, ...args) => format(args, options),
  isDisturbed,
  isErrored,
  randomInt,
  // Late: performance is made with the other globals.
  performance: { now: () => globalThis.performance.now() },
  defaultMaxListeners: DEFAULT_LISTENERS,
  getMaxListeners: () => DEFAULT_LISTENERS,
  setMaxListeners: () => {},
  Transform: class {},
};

module.exports = Object.assign((value, message) => assert(value, message), assert, platform);
