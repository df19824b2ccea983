// fs.ReadStream: a function, not a class, since packages extend it as one (graceful-fs).
import { Readable } from "stream";
import { shaped } from "./shapes.js";
import { importFile, openLater, pathOf, rangeOf, settled, streamOptions } from "./stream-files.js";

const CHUNK = 64 * 1024;

/** Makes the constructor; `files()` gives the module `fs`, whose functions programs may replace. */
export function createReadStreamClass(files, blame) {
  function ReadStream(path, options) {
    if (!(this instanceof ReadStream)) return new ReadStream(path, options);
    const given = streamOptions(options, CHUNK);
    this.fs = given.fs ?? files();
    this.fd = importFile(this, given);
    if (this.fd === null) {
      this.path = pathOf(path);
      this.flags = given.flags ?? "r";
      this.mode = given.mode ?? 0o666;
    }
    Object.assign(this, rangeOf(given));
    this.pos = this.start;
    this.bytesRead = 0;
    Readable.call(this, given);
    if (given.encoding) this.setEncoding(given.encoding);
  }
  Object.setPrototypeOf(ReadStream.prototype, Readable.prototype);
  Object.setPrototypeOf(ReadStream, Readable);
  shaped("ReadStream", 2, ReadStream);

  function open() {}

  function read(size) {
    const before = this.pos === undefined ? this.bytesRead : this.pos;
    const length = Math.min(this.end - before + 1, size);
    if (length <= 0) return void this.push(null);
    this.busy = true;
    this.fs.read(this.fd, Buffer.alloc(length), 0, length, this.pos, (error, count, buffer) => {
      settled(this);
      if (error) return this.destroy(blame(error, "fs.createReadStream"));
      if (this.destroyed) return;
      if (this.pos !== undefined) this.pos += count;
      this.bytesRead += count;
      this.push(count > 0 ? buffer.subarray(0, count) : null);
    });
  }

  function close(callback) {
    if (typeof callback === "function") {
      if (this.closed) return void process.nextTick(callback);
      this.once("close", () => callback());
    }
    this.destroy();
  }

  const members = { open, close, _construct: openLater("fs.createReadStream", open, blame), _read: read };
  return withFile(ReadStream, members);
}

/** What both classes of streams share, put on the prototype of `Stream`. */
export function withFile(Stream, members) {
  const { prototype } = Stream;
  for (const [name, value] of Object.entries({ ...members, _destroy: settled.destroy })) {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
  Object.defineProperty(prototype, "pending", { get() { return this.fd === null; }, configurable: true });
  Object.defineProperty(prototype, "autoClose", {
    get() { return (this._readableState ?? this._writableState).autoDestroy; },
    set(value) { (this._readableState ?? this._writableState).autoDestroy = value; },
    configurable: true,
  });
  return Stream;
}
