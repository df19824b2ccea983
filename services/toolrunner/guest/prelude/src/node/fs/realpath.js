// fs.realpath goes through the path step by step, and its error names the step that failed;
// fs.realpath.native does not.
import { pathToFilename } from "@jsonjoy.com/fs-core";
import { resolve } from "node:path";
import { MAIN_FILE, PROGRAM_FILE } from "../../core/kinds.js";
import { shaped } from "./shapes.js";

function stepError(volume, path) {
  let at = "";
  try {
    for (const step of resolve(path).split("/").slice(1)) {
      at = `${at}/${step}`;
      if (!volume.lstatSync(at).isSymbolicLink()) continue;
      volume.statSync(at);
      at = volume.realpathSync(at);
    }
  } catch (error) {
    return error;
  }
  return undefined;
}

// The files of the program are not on the disk, but programs compare where they are.
const PROGRAM = new Set([MAIN_FILE, `/${PROGRAM_FILE}`]);
const isProgram = (path) => typeof path === "string" && PROGRAM.has(resolve(path));

function knowProgram(volume) {
  const { realpath, realpathSync } = volume;
  volume.realpathSync = (path, ...rest) => (isProgram(path) ? resolve(path) : realpathSync.call(volume, path, ...rest));
  volume.realpath = (path, ...rest) => {
    if (isProgram(path)) return rest.at(-1)(null, resolve(path));
    return realpath.call(volume, path, ...rest);
  };
}

/** `{realpath, realpathSync}`, with `native`. */
export function realpaths(volume, later, { blame, blamed }) {
  knowProgram(volume);
  const bySteps = (path, options) => {
    try {
      return volume.realpathSync(typeof path === "string" ? resolve(path) : path, options);
    } catch (error) {
      throw (error.syscall === undefined ? undefined : stepError(volume, pathToFilename(path))) ?? error;
    }
  };
  const asynchronous = (path, ...rest) => {
    const callback = rest.at(-1);
    if (typeof callback !== "function") return volume.realpath(path, ...rest);
    pathToFilename(path);
    let result;
    try {
      result = [null, bySteps(path, typeof rest[0] === "function" ? undefined : rest[0])];
    } catch (error) {
      result = [error];
    }
    return callback(...result);
  };
  const realpath = shaped("realpath", 3, later("realpath", asynchronous, blame));
  const realpathSync = shaped("realpathSync", 2, (...given) => blamed("fs.realpathSync", () => bySteps(...given)));
  realpath.native = shaped("realpath", 3, later("realpath.native", volume.realpath, blame));
  realpathSync.native = shaped("realpathSync", 2, (...given) => blamed("fs.realpathSync.native", () => volume.realpathSync(...given)));
  return { realpath, realpathSync };
}
