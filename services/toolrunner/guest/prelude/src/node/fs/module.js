// node:fs over a disk in memory, in Node's shape: the functions are memfs's, their errors are
// blamed, callbacks come in a turn of their own as in Node, streams are our own.
import { Dir, FileHandle, toUnixTimestamp, Volume } from "@jsonjoy.com/fs-node";
import { correctArguments } from "./arguments.js";
import { validateString } from "@jsonjoy.com/fs-node-utils/lib/validators";
import { createError } from "@jsonjoy.com/fs-core";
import { callbackQueue } from "./callbacks.js";
import { constants } from "./constants.js";
import { Disk } from "./disk.js";
import { readdirOf } from "./folders.js";
import { addHandleMembers } from "./handles.js";
import { createReadStreamClass } from "./read-stream.js";
import { realpaths } from "./realpath.js";
import { refusals } from "./refusals.js";
import { shaped, shapes } from "./shapes.js";
import { Dirent, Stats } from "./stats.js";
import { disposableFolders, makeTemporary, synchronously } from "./temporary.js";
import { createUtf8Stream } from "./utf8-stream.js";
import { createWatching } from "./watching.js";
import { createWriteStreamClass } from "./write-stream.js";

const PROMISIFIED = Symbol.for("nodejs.util.promisify.custom");
const CLASSES = [["Dirent", 3], ["Utf8Stream", 0], ["deprecated", 14, "Stats"], ["Dir", 3], ["toUnixTimestamp", 1, "_toUnixTimestamp"]];
const RESULTS = { read: ["bytesRead", "buffer"], write: ["bytesWritten", "buffer"], readv: ["bytesRead", "buffers"], writev: ["bytesWritten", "buffers"] };

function promisified(fs) {
  const custom = (name, call) => Object.defineProperty(fs[name], PROMISIFIED, { value: call });
  custom("exists", (path) => new Promise((resolve) => fs.exists(path, resolve)));
  for (const [name, [count, data]] of Object.entries(RESULTS)) {
    custom(name, (...given) => new Promise((resolve, reject) => {
      fs[name](...given, (error, number, value) => (error ? reject(error) : resolve({ [count]: number, [data]: value })));
    }));
  }
}

function functions(volume, later, { blame, blamed }) {
  const made = {};
  for (const [name, length] of shapes.callbacks) {
    made[name] = shaped(name, length, later(name, volume[name].bind(volume), blame));
  }
  for (const [name, length] of shapes.sync) {
    made[name] = shaped(name, length, (...given) => blamed(`fs.${name}`, () => volume[name](...given)));
  }
  const openAsBlob = (...given) => blamed("fs.openAsBlob", () => volume.openAsBlob(...given));
  return { ...made, ...realpaths(volume, later, { blame, blamed }), openAsBlob: shaped("openAsBlob", 1, openAsBlob) };
}

function promisesOf(volume, blamed) {
  const made = {};
  for (const [name, length] of shapes.promises) {
    made[name] = shaped(name, length, async (...given) => blamed(`fs.promises.${name}`, () => volume.promises[name](...given)));
  }
  const lchmod = async () => {
    throw Object.assign(new Error("The lchmod() method is not implemented"), { code: "ERR_METHOD_NOT_IMPLEMENTED" });
  };
  return { ...made, glob: shaped("glob", 2, (...given) => volume.promises.glob(...given)), lchmod: shaped("lchmod", 2, lchmod) };
}

// Node's synchronous form, made to remove whole folders, takes a file above the path for no path.
function removing(volume) {
  const { rmSync } = volume;
  volume.rmSync = (path, options) => {
    try {
      rmSync(path, options);
    } catch (error) {
      if (error.code !== "ENOTDIR" || !options?.force || !options.recursive) throw error;
    }
  };
}

/**
 * Makes `{fs, promises, folderFor}`. `sandbox` has `process`, `later(callback)` for a turn of its own,
 * `write(fd, bytes)` for standard output, and `mark(error, sentence)`, which marks a refusal.
 */
export function createFiles(sandbox) {
  const disk = new Disk(sandbox);
  const volume = new Volume(disk);
  volume._readdir = readdirOf(disk);
  removing(volume);
  correctArguments(volume);
  volume._mkdtemp = makeTemporary(disk);
  volume.mkdtempSync = synchronously(volume.mkdtempSync);
  const blaming = refusals(disk, sandbox.mark);
  const files = () => fs;
  volume.ReadStream = createReadStreamClass(files, blaming.blame);
  volume.WriteStream = createWriteStreamClass(files, blaming.blame);
  addHandleMembers(FileHandle);
  const { ReadStream, WriteStream } = volume;
  const promises = promisesOf(volume, blaming.blamed);
  const fs = {
    ...functions(volume, callbackQueue(sandbox.later), blaming),
    createReadStream(path, options) { return new (fs.ReadStream ?? ReadStream)(path, options); },
    createWriteStream(path, options) { return new (fs.WriteStream ?? WriteStream)(path, options); },
    lchmod: undefined,
    lchmodSync: undefined,
    Dirent, Stats, Dir, ReadStream, WriteStream,
    FileReadStream: ReadStream,
    FileWriteStream: WriteStream,
    _toUnixTimestamp: toUnixTimestamp,
    constants,
  };
  Object.assign(fs, createWatching(volume, blaming.blamed));
  fs.Utf8Stream = createUtf8Stream(files);
  Object.assign(promises, { watch: shaped("_watch", 1, (...given) => volume.promises.watch(...given)), constants });
  disposableFolders(fs, promises);
  for (const [name, length, call] of CLASSES) shaped(name, length, fs[call ?? name]);
  promisified(fs);
  for (const name of ["F_OK", "R_OK", "W_OK", "X_OK"]) Object.defineProperty(fs, name, { value: constants[name] });
  Object.defineProperty(fs, "promises", { get: () => promises, enumerable: true, configurable: true });
  return { fs, promises, folderFor: (path, from) => folderFor(disk, path, from) };
}

/** The folder at `path`, for process.chdir from the folder `from`. */
function folderFor(disk, path, from) {
  validateString(path, "directory");
  const found = disk.walk(path, true, true, true, "chdir");
  const code = found.ok && !found.value.getNode().isDirectory() ? "ENOTDIR" : found.err?.code;
  if (code !== undefined) throw createError(code, "chdir", from, path);
  return found.value.getPath() || "/";
}
