// process.stdout and stderr, whose lines are the call's console, and stdin, which is empty. They
// are pipes as far as a program can tell. Most programs only write: an object becomes a real stream
// of Node's when anything else is asked of it, since `stream` is a large package.

// What programs read to find out whether there is a terminal: a pipe has none of these.
const ABSENT = new Set(["isTTY", "columns", "rows", "getColorDepth", "hasColors", "getWindowSize", "setRawMode", "then", "toJSON"]);

/** `turnInto(stream)` makes the object a stream in place, on the first use of a member it lacks. */
function untilUsed(members, turnInto) {
  const stream = {};
  const become = () => {
    if (Object.getPrototypeOf(stream) === waiting) turnInto(stream);
  };
  const waiting = new Proxy(Object.prototype, {
    get(target, key) {
      if (ABSENT.has(key)) return undefined;
      become();
      return Reflect.get(stream, key);
    },
    has(target, key) {
      if (ABSENT.has(key)) return false;
      become();
      return Reflect.has(stream, key);
    },
    set(target, key, value) {
      return Reflect.defineProperty(stream, key, { value, writable: true, enumerable: true, configurable: true });
    },
    getPrototypeOf() {
      become();
      return Object.getPrototypeOf(stream);
    },
  });
  for (const [key, value] of Object.entries(members)) {
    Object.defineProperty(stream, key, { value, writable: true, enumerable: key[0] !== "_", configurable: true });
  }
  return Object.setPrototypeOf(stream, waiting);
}

function textOf(chunk, encoding) {
  if (typeof chunk === "string") return Buffer.isEncoding(encoding) && encoding !== "utf8" ? `${Buffer.from(chunk, encoding)}` : chunk;
  if (ArrayBuffer.isView(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString();
  const error = new TypeError('The "chunk" argument must be of type string or an instance of Buffer, TypedArray, or DataView.');
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** A stream that writes to the console; `line(text)` takes one write without its last line break. */
function outgoing(fd, line, streams) {
  const put = (chunk, encoding) => line(textOf(chunk, encoding).replace(/\n$/, ""));
  return untilUsed(
    {
      fd,
      _type: "pipe",
      _isStdio: true,
      write(chunk, encoding, done = encoding) {
        put(chunk, typeof encoding === "string" ? encoding : "utf8");
        if (typeof done === "function") process.nextTick(done);
        return true;
      },
    },
    (stream) => {
      const { Writable } = streams();
      Object.setPrototypeOf(stream, Writable.prototype);
      delete stream.write;
      Writable.call(stream, {
        decodeStrings: false,
        // Node's own are never destroyed, whatever a program does to them.
        destroy: (error, done) => done(error),
        write(chunk, encoding, done) {
          put(chunk, encoding);
          done();
        },
      });
    },
  );
}

// A call that reads finds the end. What was set up at load hears nothing, also not the end: a program
// for the terminal leaves when its input ends, and would end every call.
function incoming(work, streams) {
  return untilUsed({ fd: 0, _type: "pipe" }, (stream) => {
    const { Readable } = streams();
    const { isCall } = work;
    Object.setPrototypeOf(stream, Readable.prototype);
    Readable.call(stream, {
      read() {
        if (isCall) this.push(null);
      },
    });
    const self = () => stream;
    for (const key of ["ref", "unref"]) Object.defineProperty(stream, key, { value: self, writable: true, configurable: true });
  });
}

/** `{stdin, stdout, stderr}`; `write(level, text)` is the console, `streams()` the module `stream`. */
export const standardStreams = (work, write, streams) => ({
  stdin: incoming(work, streams),
  stdout: outgoing(1, (text) => write("log", text), streams),
  stderr: outgoing(2, (text) => write("error", text), streams),
});
