// The file behind a stream: its options, and when it is opened and closed.
import { pathToFilename } from "@jsonjoy.com/fs-core";
import { invalidArgType, outOfRange } from "@jsonjoy.com/fs-node-utils/lib/argErrors";
import { validateFunction } from "@jsonjoy.com/fs-node-utils/lib/validators";

/** Options of a stream, as an object of their own. */
export function streamOptions(options, highWaterMark) {
  if (options === undefined || options === null || typeof options === "function") options = {};
  if (typeof options === "string") options = { encoding: options };
  if (typeof options !== "object") throw invalidArgType("options", "one of type string or object", options);
  if (options.fs) for (const name of ["open", "close"]) validateFunction(options.fs[name], `options.fs.${name}`);
  const given = { ...options, autoDestroy: options.autoClose ?? true, emitClose: options.emitClose ?? true };
  if (highWaterMark !== undefined) given.highWaterMark = options.highWaterMark ?? highWaterMark;
  return given;
}

export const pathOf = (path) => (path instanceof Uint8Array ? path : pathToFilename(path));

function positionIn(name, value, least) {
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw invalidArgType(name, "of type number", value);
  if (Number.isNaN(value) || value < least) throw outOfRange(name, `>= ${least} && <= 2 ** 53 - 1`, value);
  return value;
}

/** `{start, end}` of a stream's options, checked. */
export function rangeOf({ start, end }) {
  positionIn("start", start, 0);
  if (end !== Infinity) positionIn("end", end, 0);
  if (start !== undefined && end !== undefined && start > end) {
    throw outOfRange("start", `<= "end" (here: ${end})`, start);
  }
  return { start, end: end ?? Infinity };
}

/** The descriptor that the caller gave, or null; a FileHandle closes with the stream. */
export function importFile(stream, { fd }) {
  if (fd === undefined || fd === null) return null;
  if (typeof fd === "number") return fd;
  if (typeof fd !== "object" || typeof fd.fd !== "number") throw invalidArgType("options.fd", "an instance of FileHandle or of type number", fd);
  stream.handle = fd;
  return fd.fd;
}

/** Makes `_construct`; a package that replaced `open` of the prototype emits "open" itself. */
export function openLater(name, ownOpen, blame) {
  return function construct(done) {
    if (this.fd !== null) return done();
    if (this.open !== ownOpen) return openedElsewhere(this, done);
    this.fs.open(this.path, this.flags, this.mode, (error, fd) => {
      if (error) return done(blame(error, name));
      this.fd = fd;
      done();
      this.emit("open", fd);
      this.emit("ready");
    });
  };
}

function openedElsewhere(stream, done) {
  const { emit } = stream;
  stream.emit = function (...given) {
    if (given[0] === "open") {
      stream.emit = emit;
      done();
    } else if (given[0] === "error") {
      stream.emit = emit;
      return done(given[1]);
    }
    return emit.apply(this, given);
  };
  stream.open();
}

/** A read or write of `stream` ended: close it if it was destroyed meanwhile. */
export function settled(stream) {
  stream.busy = false;
  const { closing } = stream;
  stream.closing = undefined;
  closing?.();
}

settled.destroy = function destroy(error, done) {
  const close = () => {
    const { fd, handle } = this;
    this.fd = null;
    if (fd === null || fd === undefined) return done(error);
    if (handle !== undefined) return handle.close().then(() => done(error), done);
    if (!this.flush || error) return this.fs.close(fd, (failed) => done(failed ?? error));
    this.fs.fsync(fd, (unsynced) => this.fs.close(fd, (failed) => done(unsynced ?? failed ?? error)));
  };
  if (this.busy) this.closing = close;
  else close();
};
