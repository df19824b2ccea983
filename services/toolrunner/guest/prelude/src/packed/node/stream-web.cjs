// Between Node's streams and the Web's, both ways.

const invalid = (name, expected) => Object.assign(new TypeError(`The "${name}" argument must be an instance of ${expected}.`), { code: "ERR_INVALID_ARG_TYPE" });
const premature = () => Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" });
const abortError = (reason) => (reason instanceof Error ? reason : Object.assign(new Error("The operation was aborted", { cause: reason }), { name: "AbortError", code: "ABORT_ERR" }));

/** Makes the conversions for a module `stream`. */
module.exports = ({ Duplex, Readable, Writable, finished }) => {
  // What a Node stream needs to read from a reader: `read` and `destroy`.
  function reading(reader) {
    let closed = false;
    reader.closed.then(() => void (closed = true), () => void (closed = true));
    return {
      read() {
        reader.read().then(
          ({ done, value }) => this.push(done ? null : value),
          (error) => this.destroy(error),
        );
      },
      cancel: (error) => (closed ? Promise.resolve() : reader.cancel(error)),
    };
  }

  function writing(writer) {
    let closed = false;
    writer.closed.then(() => void (closed = true), () => void (closed = true));
    return {
      write: (chunk, done) => writer.ready.then(() => writer.write(chunk)).then(() => done(), done),
      final: (done) => (closed ? done() : writer.close().then(() => done(), done)),
      abort: (error) => (closed ? Promise.resolve() : error ? writer.abort(error) : writer.close()),
    };
  }

  const ending = (work, error, done) => work.then(() => done(error), () => done(error));

  function readableFromWeb(readable, options = {}) {
    if (!(readable instanceof ReadableStream)) throw invalid("readableStream", "ReadableStream");
    const { highWaterMark, encoding, objectMode = false, signal } = options;
    const { read, cancel } = reading(readable.getReader());
    return new Readable({ objectMode, highWaterMark, encoding, signal, read, destroy: (error, done) => ending(cancel(error), error, done) });
  }

  function writableFromWeb(writable, options = {}) {
    if (!(writable instanceof WritableStream)) throw invalid("writableStream", "WritableStream");
    const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
    const { write, final, abort } = writing(writable.getWriter());
    return new Writable({
      highWaterMark, objectMode, decodeStrings, signal, final,
      write: (chunk, encoding, done) => void write(chunk, done),
      destroy: (error, done) => ending(abort(error), error, done),
    });
  }

  function duplexFromWeb({ readable, writable } = {}, options = {}) {
    if (!(readable instanceof ReadableStream)) throw invalid("pair.readable", "ReadableStream");
    if (!(writable instanceof WritableStream)) throw invalid("pair.writable", "WritableStream");
    const { read, cancel } = reading(readable.getReader());
    const { write, final, abort } = writing(writable.getWriter());
    return new Duplex({
      allowHalfOpen: false, ...options, read, final,
      write: (chunk, encoding, done) => void write(chunk, done),
      destroy: (error, done) => ending(Promise.allSettled([cancel(error), abort(error)]), error, done),
    });
  }

  const bytesOf = (chunk) => (Buffer.isBuffer(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice() : chunk);

  function strategyOf(stream, { strategy } = {}) {
    if (strategy !== undefined) return strategy;
    if (stream.readableObjectMode) return new CountQueuingStrategy({ highWaterMark: stream.readableHighWaterMark });
    return new ByteLengthQueuingStrategy({ highWaterMark: stream.readableHighWaterMark });
  }

  function readableToWeb(stream, options = {}) {
    if (typeof stream?._readableState !== "object") throw invalid("streamReadable", "stream.Readable");
    if (stream.destroyed || stream.readable === false) {
      const over = new ReadableStream();
      over.cancel();
      return over;
    }
    let isOver = false;
    return new ReadableStream({
      start(controller) {
        stream.pause();
        const cleanup = finished(stream, { writable: false }, (error) => {
          cleanup();
          stream.on("error", () => {});
          if (isOver) return;
          isOver = true;
          if (error) controller.error(error.code === "ERR_STREAM_PREMATURE_CLOSE" ? abortError(error) : error);
          else controller.close();
        });
        stream.on("data", (chunk) => {
          if (isOver) return;
          controller.enqueue(stream.readableObjectMode ? chunk : bytesOf(chunk));
          if (controller.desiredSize <= 0) stream.pause();
        });
      },
      pull: () => void stream.resume(),
      cancel(reason) {
        isOver = true;
        stream.destroy(reason instanceof Error ? reason : null);
      },
    }, strategyOf(stream, options));
  }

  function writableToWeb(stream) {
    if (typeof stream?._writableState !== "object") throw invalid("streamWritable", "stream.Writable");
    const size = stream.writableHighWaterMark;
    let failure;
    stream.on("error", (error) => void (failure = error));
    return new WritableStream({
      start(controller) {
        finished(stream, { readable: false }, (error) => {
          if (error) controller.error(error.code === "ERR_STREAM_PREMATURE_CLOSE" ? abortError(error) : error);
        });
        if (stream.destroyed) controller.error(premature());
      },
      write(chunk) {
        if (failure) throw failure;
        if (stream.writableNeedDrain || !stream.write(chunk)) return new Promise((resolve) => stream.once("drain", resolve));
        return undefined;
      },
      close: () => new Promise((resolve, reject) => {
        stream.once("error", reject);
        stream.end(() => resolve());
      }),
      abort: (reason) => void stream.destroy(reason instanceof Error ? reason : null),
    }, stream.writableObjectMode ? new CountQueuingStrategy({ highWaterMark: size }) : { highWaterMark: size, size: (chunk) => chunk?.byteLength ?? chunk?.length ?? 1 });
  }

  const duplexToWeb = (stream, options) => ({ readable: readableToWeb(stream, options), writable: writableToWeb(stream) });
  return { duplexFromWeb, duplexToWeb, readableFromWeb, readableToWeb, writableFromWeb, writableToWeb };
};
