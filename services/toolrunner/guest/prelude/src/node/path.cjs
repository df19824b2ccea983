// node:path from path-browserify, whose separators are those of POSIX; win32 is in path-win32.cjs.
const path = require("path-browserify");
const { matchesGlob } = require("./globs.cjs");

const posix = { ...path, toNamespacedPath: (name) => name, _makeLong: (name) => name, matchesGlob: (name, pattern) => matchesGlob(name, pattern, "/") };
const win32 = require("./path-win32.cjs");
posix.posix = win32.posix = posix;
posix.win32 = win32.win32 = win32;
module.exports = posix;
