// node:zlib over zlib in JavaScript: synchronous, with a callback, and as streams. Brotli and
// Zstandard are read, and written without being made smaller.
const { facts, unpack } = require("sandbox");
const { Transform } = require("stream");
const stored = require("./zlib-stored.cjs");

const CONSTANTS = facts().zlib;
const CODES = Object.fromEntries(Object.entries(facts().zlibCodes).filter(([key]) => !Number.isNaN(Number(key))));
const MESSAGES = { Z_BUF_ERROR: "unexpected end of file", Z_DATA_ERROR: "incorrect header check" };
const MAX_OUTPUT = 2 ** 31;
// Below 32: zlib's window; plus 32: gzip or zlib, detected from the data.
const KINDS = {
  deflate: { options: {} }, deflateRaw: { options: { raw: true } }, gzip: { options: { gzip: true } },
  inflate: { window: 15 }, inflateRaw: { window: -15 }, gunzip: { window: 31 }, unzip: { window: 47 },
};
const OTHERS = { brotliCompress: "BrotliCompress", brotliDecompress: "BrotliDecompress", zstdCompress: "ZstdCompress", zstdDecompress: "ZstdDecompress" };

function zlibError(number, message) {
  const code = CODES[number] ?? "Z_DATA_ERROR";
  return Object.assign(new Error(message || MESSAGES[code] || code), { errno: number, code });
}

function bytesOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const error = new TypeError('The "buffer" argument must be of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer.');
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

function crc32(data, start = 0) {
  let crc = ~start;
  for (const byte of bytesOf(data)) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

// A running (de)compression: `push(bytes, isLast)`, which throws; output goes to `emit`.
function startZlib(kind, given, emit) {
  const { Deflate, Inflate } = unpack("zlib");
  const { options, window } = KINDS[kind];
  const { level, memLevel, strategy, windowBits, dictionary } = given ?? {};
  const wanted = Object.fromEntries(Object.entries({ level, memLevel, strategy, dictionary }).filter(([, value]) => value !== undefined));
  const isInflate = options === undefined;
  const bits = windowBits && !isInflate ? { windowBits } : {};
  const work = isInflate ? new Inflate({ windowBits: window, dictionary }) : new Deflate({ ...wanted, ...bits, ...options });
  work.onData = emit;
  return {
    flush: () => isInflate || work.push(new Uint8Array(0), CONSTANTS.Z_SYNC_FLUSH),
    push(bytes, isLast) {
      if (isInflate && work.ended) return;
      work.push(bytes, isLast && !isInflate);
      if (work.err < 0 && work.err !== CONSTANTS.Z_BUF_ERROR) throw zlibError(work.err, work.msg);
      if (work.err === CONSTANTS.Z_NEED_DICT) throw zlibError(work.err, "Missing dictionary");
      if (isLast && isInflate && !work.ended) throw zlibError(CONSTANTS.Z_BUF_ERROR);
    },
  };
}

const failure = (message, code, errno) => Object.assign(new Error(message), { errno, code });
const cutOff = () => failure("unexpected end of file", "Z_BUF_ERROR", -5);

function unBrotli(bytes) {
  if (bytes.length === 0) throw cutOff();
  try {
    return unpack("brotli").brotli(bytes);
  } catch (error) {
    throw /Unexpected end|end of input/i.test(error.message) ? cutOff() : failure("Decompression failed", "ERR__ERROR_FORMAT_PADDING_1", -2);
  }
}

function unZstandard(bytes) {
  const parts = [];
  let isOver = false;
  try {
    const work = new (unpack("brotli").Zstandard)((chunk, last) => {
      parts.push(Buffer.from(chunk));
      isOver ||= last;
    });
    work.push(bytes, true);
  } catch (error) {
    const isKnown = bytes.length < 4 || [0x28, 0xb5, 0x2f, 0xfd].every((byte, i) => bytes[i] === byte);
    throw !isKnown ? failure("Unknown frame descriptor", "ZSTD_error_prefix_unknown", 10) : failure("Data corruption detected", "ZSTD_error_corruption_detected", 20);
  }
  if (!isOver) throw cutOff();
  return Buffer.concat(parts);
}

const WHOLE = { brotliCompress: stored.brotli, brotliDecompress: unBrotli, zstdCompress: stored.zstandard, zstdDecompress: unZstandard };

// These have their input whole.
function startOther(kind, given, emit) {
  const pieces = [];
  return {
    push(bytes, isLast) {
      pieces.push(Buffer.from(bytes));
      if (isLast) emit(WHOLE[kind](Buffer.concat(pieces)));
    },
  };
}

const start = (kind, given, emit) => (Object.hasOwn(WHOLE, kind) ? startOther : startZlib)(kind, given, emit);

function whole(kind, data, options) {
  const chunks = [];
  let total = 0;
  const work = start(kind, options, (chunk) => {
    total += chunk.length;
    if (total > (options?.maxOutputLength ?? MAX_OUTPUT)) {
      throw Object.assign(new RangeError(`Cannot create a Buffer larger than ${options.maxOutputLength} bytes`), { code: "ERR_BUFFER_TOO_LARGE" });
    }
    chunks.push(chunk);
  });
  work.push(bytesOf(data), true);
  return Buffer.concat(chunks);
}
function withCallback(kind) {
  return (data, options, callback = options) => {
    let result;
    try {
      result = whole(kind, data, typeof options === "function" ? undefined : options);
    } catch (error) {
      if (error.code === "ERR_INVALID_ARG_TYPE") throw error;
      setImmediate(() => callback(error));
      return;
    }
    setImmediate(() => callback(null, result));
  };
}
const callable = (Class) => new Proxy(Class, { apply: (target, self, args) => new target(...args) });

function classOf(kind, name) {
  class Zlib extends Transform {
    #work;
    constructor(options) {
      super(options);
      this.bytesWritten = 0;
      this.#work = start(kind, options, (chunk) => chunk.length > 0 && this.push(Buffer.from(chunk)));
    }
    #advance(bytes, isLast, done) {
      try {
        this.#work.push(bytes, isLast);
        done();
      } catch (error) {
        done(error);
      }
    }
    _transform(chunk, encoding, done) {
      this.bytesWritten += chunk.length;
      this.#advance(bytesOf(chunk), false, done);
    }
    _flush(done) {
      this.#advance(new Uint8Array(0), true, done);
    }
    flush(kindOrDone, done = kindOrDone) {
      this.write(Buffer.alloc(0), () => {
        this.#work.flush?.();
        if (typeof done === "function") done();
      });
    }
    params(level, strategy, done) {
      process.nextTick(done);
    }
    reset() {}
    close(callback) {
      if (callback) this.once("close", callback);
      this.destroy();
    }
  }
  Object.defineProperty(Zlib, "name", { value: name });
  return Zlib;
}

const zlib = { crc32 };
const TITLES = { ...Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, kind[0].toUpperCase() + kind.slice(1)])), ...OTHERS };
for (const [kind, name] of Object.entries(TITLES)) {
  const Class = callable(classOf(kind, name));
  zlib[kind] = withCallback(kind);
  zlib[`${kind}Sync`] = (data, options) => whole(kind, data, options);
  zlib[`create${name}`] = (options) => new Class(options);
  zlib[name] = Class;
}
zlib.constants = Object.freeze({ ...CONSTANTS });
zlib.codes = Object.freeze({ ...facts().zlibCodes });
module.exports = zlib;
