// fs.WriteStream: a function, not a class, since packages extend it as one (graceful-fs).
import { Writable } from "stream";
import { withFile } from "./read-stream.js";
import { shaped } from "./shapes.js";
import { importFile, openLater, pathOf, rangeOf, settled, streamOptions } from "./stream-files.js";

/** Makes the constructor; `files()` gives the module `fs`, whose functions programs may replace. */
export function createWriteStreamClass(files, blame) {
  function WriteStream(path, options) {
    if (!(this instanceof WriteStream)) return new WriteStream(path, options);
    const given = { ...streamOptions(options), decodeStrings: true };
    this.fs = given.fs ?? files();
    this.fd = importFile(this, given);
    if (this.fd === null) {
      this.path = pathOf(path);
      this.flags = given.flags ?? "w";
      this.mode = given.mode ?? 0o666;
    }
    this.start = rangeOf({ start: given.start }).start;
    this.pos = this.start;
    this.bytesWritten = 0;
    this.flush = given.flush ?? false;
    Writable.call(this, given);
    if (given.encoding) this.setDefaultEncoding(given.encoding);
  }
  Object.setPrototypeOf(WriteStream.prototype, Writable.prototype);
  Object.setPrototypeOf(WriteStream, Writable);
  shaped("WriteStream", 2, WriteStream);

  function open() {}

  function put(stream, data, done) {
    stream.busy = true;
    stream.fs.write(stream.fd, data, 0, data.length, stream.pos, (error, count) => {
      settled(stream);
      if (error) return done(blame(error, "fs.createWriteStream"));
      if (stream.destroyed) return done(new Error("the stream was destroyed"));
      stream.bytesWritten += count;
      if (stream.pos !== undefined) stream.pos += count;
      if (count < data.length) return put(stream, data.subarray(count), done);
      done();
    });
  }

  function write(data, encoding, done) {
    put(this, data, done);
  }

  function writev(pieces, done) {
    put(this, Buffer.concat(pieces.map(({ chunk }) => chunk)), done);
  }

  function close(callback) {
    if (typeof callback === "function") {
      if (this.closed) return void process.nextTick(callback);
      this.once("close", () => callback());
    }
    // Without autoClose the stream would stay open after its end.
    if (!this.autoClose) this.once("finish", () => this.destroy());
    this.end();
  }

  const members = { open, close, _construct: openLater("fs.createWriteStream", open, blame), _write: write, _writev: writev };
  withFile(WriteStream, members);
  Object.defineProperty(WriteStream.prototype, "destroySoon", { value: Writable.prototype.end, writable: true, configurable: true, enumerable: true });
  return WriteStream;
}
