// The disk of this sandbox: made by the first program that asks for it.
import { markDenied } from "../core/errors.js";

const LINE_END = /\n$/;

/** Makes `files()`, which gives `{fs, promises}`; `process.chdir` asks the same disk. */
export function filesOf({ unpack, process, timers: { setImmediate } }) {
  let made;
  let folder = "/";

  // What a program writes to file descriptor 1 or 2. A program may itself replace the console by
  // one that writes there.
  function output() {
    const { error, log } = console;
    const show = { 1: log, 2: error };
    return (fd, bytes) => show[fd](new TextDecoder().decode(bytes).replace(LINE_END, ""));
  }

  const files = () => {
    made ??= unpack("files").createFiles({ process, write: output(), later: setImmediate, mark: markDenied });
    return made;
  };

  process.cwd = function cwd() {
    return folder;
  };
  process.chdir = function chdir(directory) {
    folder = files().folderFor(directory, folder);
  };
  return files;
}
