// node:path from path-browserify, whose separators are those of POSIX; win32 is in path-win32.cjs.
const path = require("path-browserify");
const { matchesGlob } = require("./globs.cjs");

// The package is of an older Node: errors had no code, and an extension needed its dot.
const checked = (name, count) => (...parts) => {
  for (const part of count === undefined ? parts : parts.slice(0, count)) {
    if (typeof part === "string") continue;
    const shown = part === null || part === undefined ? `${part}` : `type ${typeof part}`;
    throw Object.assign(new TypeError(`The "path" argument must be of type string. Received ${shown}`), { code: "ERR_INVALID_ARG_TYPE" });
  }
  return path[name](...parts);
};
const strict = { resolve: checked("resolve"), join: checked("join") };
for (const name of ["normalize", "isAbsolute", "dirname", "basename", "extname", "parse"]) strict[name] = checked(name, 1);
strict.relative = checked("relative", 2);
for (const [name, value] of Object.entries(strict)) Object.defineProperty(value, "name", { value: name });

function format(object) {
  if (object?.base || !object?.ext || object.ext.startsWith(".")) return path.format(object);
  return path.format({ ...object, ext: `.${object.ext}` });
}

const posix = { ...path, ...strict, format, toNamespacedPath: (name) => name, _makeLong: (name) => name, matchesGlob: (name, pattern) => matchesGlob(name, pattern, "/") };
const win32 = require("./path-win32.cjs");
posix.posix = win32.posix = posix;
posix.win32 = win32.win32 = win32;
module.exports = posix;
