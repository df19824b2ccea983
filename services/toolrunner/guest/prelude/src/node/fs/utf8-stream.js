// fs.Utf8Stream: text to one file. Every write is at once, so there is nothing to flush.
import { EventEmitter } from "events";

const APPEND = "a";

/** Makes the class over `files()`, the module fs. */
export function createUtf8Stream(files) {
  return class Utf8Stream extends EventEmitter {
    #options;
    #fd = -1;
    #file = null;

    constructor(options = {}) {
      super();
      this.#options = options;
      if (typeof options.fd === "number") this.#fd = options.fd;
      else this.#open(options.dest);
      process.nextTick(() => this.emit("ready"));
    }

    #open(file) {
      const { append = true, mkdir = false, mode } = this.#options;
      const fs = files();
      if (mkdir) fs.mkdirSync(file.slice(0, file.lastIndexOf("/")) || "/", { recursive: true });
      this.#fd = fs.openSync(file, append ? APPEND : "w", mode);
      this.#file = file;
    }

    get fd() { return this.#fd; }

    get file() { return this.#file; }

    get mode() { return this.#options.mode; }

    get sync() { return this.#options.sync ?? true; }

    get writing() { return false; }

    write(data) {
      if (this.#fd < 0) throw new Error("Utf8Stream is destroyed");
      files().writeSync(this.#fd, data);
      this.emit("write", data.length);
      return true;
    }

    flush(callback = () => {}) { process.nextTick(callback, null); }

    flushSync() {}

    reopen(file = this.#file) {
      if (this.#file !== null) files().closeSync(this.#fd);
      this.#open(file);
    }

    end() { this.destroy("finish"); }

    destroy(event) {
      if (this.#fd > 2) files().closeSync(this.#fd);
      this.#fd = -1;
      process.nextTick(() => {
        if (typeof event === "string") this.emit(event);
        this.emit("close");
      });
    }

    [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() { this.destroy(); }
  };
}
