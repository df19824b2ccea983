// node:path from path-browserify; there is no Windows in the sandbox.
const path = require("path-browserify");

module.exports = { ...path, posix: path, win32: path, toNamespacedPath: (name) => name };
