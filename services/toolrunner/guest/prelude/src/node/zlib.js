// node:zlib over zlib in JavaScript: synchronous, with a callback, and as streams; without Brotli
// and Zstandard.
import { notAvailable } from "../core/errors.js";

const CONSTANTS = {
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0,
  Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6, Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0,
  Z_MIN_WINDOWBITS: 8, Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15, Z_MIN_CHUNK: 64, Z_DEFAULT_CHUNK: 16_384,
  Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9, Z_DEFAULT_MEMLEVEL: 8, Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1,
};
const CODES = Object.fromEntries(["Z_NEED_DICT", "Z_ERRNO", "Z_STREAM_ERROR", "Z_DATA_ERROR", "Z_MEM_ERROR", "Z_BUF_ERROR"].map((name) => [CONSTANTS[name], name]));
const MESSAGES = { Z_BUF_ERROR: "unexpected end of file", Z_DATA_ERROR: "incorrect header check" };
const MAX_OUTPUT = 2 ** 31;
// Below 32: zlib's window; plus 32: gzip or zlib, detected from the data.
const KINDS = {
  deflate: { options: {} }, deflateRaw: { options: { raw: true } }, gzip: { options: { gzip: true } },
  inflate: { window: 15 }, inflateRaw: { window: -15 }, gunzip: { window: 31 }, unzip: { window: 47 },
};
const REFUSED = [
  "brotliCompress", "brotliCompressSync", "brotliDecompress", "brotliDecompressSync", "createBrotliCompress",
  "createBrotliDecompress", "zstdCompress", "zstdCompressSync", "zstdDecompress", "zstdDecompressSync",
  "createZstdCompress", "createZstdDecompress",
];

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

/** Makes the module; `unpack("zlib")` gives pako, `streams()` the module `stream`. */
export function createZlib(unpack, streams) {
  // A running (de)compression: `push(bytes, isLast)`, which throws; output goes to `emit`.
  function start(kind, given, emit) {
    const { Deflate, Inflate } = unpack("zlib");
    const { options, window } = KINDS[kind];
    const { level, memLevel, strategy, windowBits, dictionary } = given ?? {};
    const wanted = Object.fromEntries(Object.entries({ level, memLevel, strategy, dictionary }).filter(([, value]) => value !== undefined));
    const isInflate = options === undefined;
    const bits = windowBits && !isInflate ? { windowBits } : {};
    const work = isInflate ? new Inflate({ windowBits: window, dictionary }) : new Deflate({ ...wanted, ...bits, ...options });
    work.onData = emit;
    return {
      isOver: () => isInflate && work.ended,
      push(bytes, isLast) {
        if (isInflate && work.ended) return;
        work.push(bytes, isLast && !isInflate);
        if (work.err < 0 && work.err !== CONSTANTS.Z_BUF_ERROR) throw zlibError(work.err, work.msg);
        if (work.err === CONSTANTS.Z_NEED_DICT) throw zlibError(work.err, "Missing dictionary");
        if (isLast && isInflate && !work.ended) throw zlibError(CONSTANTS.Z_BUF_ERROR);
      },
    };
  }
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
  const makers = new Map();
  function classOf(kind, name) {
    if (makers.has(kind)) return makers.get(kind);
    class Zlib extends streams().Transform {
      #work;
      constructor(options) {
        super(options);
        this.bytesWritten = 0;
        this.#work = start(kind, options, (chunk) => this.push(Buffer.from(chunk)));
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
      close(callback) {
        if (callback) this.once("close", callback);
        this.destroy();
      }
    }
    Object.defineProperty(Zlib, "name", { value: name });
    makers.set(kind, Zlib);
    return Zlib;
  }

  const module = { constants: { ...CONSTANTS }, codes: { ...CODES }, crc32 };
  for (const kind of Object.keys(KINDS)) {
    const name = kind[0].toUpperCase() + kind.slice(1);
    module[kind] = withCallback(kind);
    module[`${kind}Sync`] = (data, options) => whole(kind, data, options);
    module[`create${name}`] = (options) => new (classOf(kind, name))(options);
    Object.defineProperty(module, name, { enumerable: true, get: () => classOf(kind, name) });
  }
  for (const name of REFUSED) {
    module[name] = () => {
      throw notAvailable(`zlib.${name} of Node is not available in the sandbox: use gzip or deflate`);
    };
  }
  return module;
}
