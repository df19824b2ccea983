// node:path from path-browserify; there is no Windows in the sandbox.
const path = require("path-browserify");

const posix = { ...path, toNamespacedPath: (name) => name };
module.exports = Object.assign(posix, { posix, win32: posix });
