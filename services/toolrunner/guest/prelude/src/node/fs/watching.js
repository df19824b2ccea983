// fs.watch and fs.watchFile: nothing else changes the disk, so they report nothing. They hold no
// timer, so that a program that watches a file still comes to rest.
import { createError } from "@jsonjoy.com/fs-core";
import { EventEmitter } from "events";
import { shaped } from "./shapes.js";
import { pathToFilename } from "@jsonjoy.com/fs-core";

class FSWatcher extends EventEmitter {
  close() {
    if (this.closed) return;
    this.closed = true;
    process.nextTick(() => this.emit("close"));
  }

  ref() { return this; }

  unref() { return this; }
}

class StatWatcher extends EventEmitter {
  ref() { return this; }

  unref() { return this; }
}

function watchError(error, filename) {
  if (error.code === undefined) return error;
  return Object.assign(createError(error.code, "watch", filename), { filename });
}

for (const [Class, name] of [[FSWatcher, "FSWatcher"], [StatWatcher, "StatWatcher"]]) Object.defineProperty(Class, "name", { value: name });

/** Makes `watch`, `watchFile` and `unwatchFile` over `volume`. */
export function createWatching(volume, blamed) {
  const watched = new Map();

  function watch(filename, options, listener) {
    const path = pathToFilename(filename);
    if (typeof options === "function") [options, listener] = [undefined, options];
    const watcher = new FSWatcher();
    try {
      blamed("fs.watch", () => volume._core.getResolvedLinkOrThrow(path, "watch"));
    } catch (error) {
      blamed("fs.watch", () => { throw watchError(error, path); });
    }
    if (typeof listener === "function") watcher.on("change", listener);
    const signal = options?.signal;
    if (signal?.aborted) watcher.close();
    else signal?.addEventListener("abort", () => watcher.close(), { once: true });
    return watcher;
  }

  function watchFile(filename, options, listener) {
    const path = pathToFilename(filename);
    if (typeof options === "function") listener = options;
    if (typeof listener !== "function") volume.watchFile(path, options, listener);
    if (!watched.has(path)) watched.set(path, new StatWatcher());
    return watched.get(path).on("change", listener);
  }

  function unwatchFile(filename, listener) {
    const path = pathToFilename(filename);
    const watcher = watched.get(path);
    if (typeof listener === "function") watcher?.removeListener("change", listener);
    else watcher?.removeAllListeners("change");
    if (watcher?.listenerCount("change") === 0) watched.delete(path);
  }

  volume.watch = watch;
  return { unwatchFile: shaped("unwatchFile", 2, unwatchFile), watch: shaped("watch", 3, watch), watchFile: shaped("watchFile", 3, watchFile) };
}
