// Members of a FileHandle that memfs lacks.

/** Adds them to the class. */
export function addHandleMembers(FileHandle) {
  Object.defineProperty(FileHandle, "name", { value: "FileHandle" });
  Object.defineProperty(FileHandle.prototype, "readLines", {
    value: function readLines(options) {
      const { createInterface } = require("readline");
      return createInterface({ input: this.createReadStream({ autoClose: false, ...options }), crlfDelay: Infinity });
    },
    writable: true,
    configurable: true,
  });
}
