// Members of a FileHandle that memfs lacks.

/** Adds them to the class. */
export function addHandleMembers(FileHandle) {
  if (FileHandle.prototype.readLines !== undefined) return;
  Object.defineProperty(FileHandle.prototype, "readLines", {
    value: function readLines(options) {
      const { createInterface } = require("readline");
      return createInterface({ input: this.createReadStream({ autoClose: false, ...options }), crlfDelay: Infinity });
    },
    writable: true,
    configurable: true,
  });
}
