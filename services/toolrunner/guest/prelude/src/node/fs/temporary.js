// Temporary folders: their names, and those that are removed with their scope.
import { createError } from "@jsonjoy.com/fs-core";
import { shaped } from "./shapes.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ATTEMPTS = 10;
const SUFFIX = 6;

const suffix = () => Array.from({ length: SUFFIX }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join("");

/** Makes memfs's `_mkdtemp(prefix)` over `disk`. */
export function makeTemporary(disk) {
  return function mkdtemp(prefix, encoding, left = ATTEMPTS) {
    const path = `${prefix}${suffix()}`;
    try {
      disk.mkdir(path, 0o700);
    } catch (error) {
      if (error.code === "EEXIST" && left > 1) return mkdtemp(prefix, encoding, left - 1);
      throw error.syscall === "mkdir" ? createError(error.code, "mkdtemp", path) : error;
    }
    return encoding === "buffer" ? Buffer.from(path) : path;
  };
}

/** Makes `mkdtempSync`, whose error names the pattern instead of a name. */
export function synchronously(mkdtempSync) {
  return (prefix, options) => {
    try {
      return mkdtempSync(prefix, options);
    } catch (error) {
      throw error.syscall === "mkdtemp" ? createError(error.code, "mkdtemp", `${prefix}XXXXXX`) : error;
    }
  };
}

/** Adds `mkdtempDisposableSync` to `fs` and `mkdtempDisposable` to `promises`. */
export function disposableFolders(fs, promises) {
  const atOnce = (prefix, options) => {
    const path = fs.mkdtempSync(prefix, options);
    const at = fs.realpathSync(path);
    const remove = () => fs.rmSync(at, { force: true, recursive: true });
    return { path, remove, [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: remove };
  };
  const later = async (prefix, options) => {
    const path = await promises.mkdtemp(prefix, options);
    const at = await promises.realpath(path);
    const remove = () => promises.rm(at, { force: true, recursive: true });
    return { path, remove, [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]: remove };
  };
  fs.mkdtempDisposableSync = shaped("mkdtempDisposableSync", 2, atOnce);
  promises.mkdtempDisposable = shaped("mkdtempDisposable", 2, later);
}
