// CompressionStream and DecompressionStream over zlib in JavaScript.

const FORMATS = { gzip: { gzip: true }, deflate: {}, "deflate-raw": { raw: true } };
// gzip differs from zlib in its window parameter (15 + 16).
const WINDOWS = { gzip: 31, deflate: 15, "deflate-raw": -15 };

function bytesOf(chunk) {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw Object.assign(new TypeError("The chunk must be an ArrayBuffer, Buffer, TypedArray, or DataView"), { code: "ERR_INVALID_ARG_TYPE" });
}

function checkFormat(format) {
  if (Object.hasOwn(FORMATS, format)) return `${format}`;
  throw Object.assign(new TypeError(`The argument 'format' must be one of: 'deflate', 'deflate-raw', 'gzip'. Received ${format}`), { code: "ERR_INVALID_ARG_VALUE" });
}

function damaged(message, code) {
  return Object.assign(new TypeError(message), { code });
}
const trailing = () => damaged("Trailing junk found after the end of the compressed stream", "ERR_TRAILING_JUNK_AFTER_STREAM_END");

/** Makes both classes; `unpack("zlib")` returns pako. */
export function createCompression(unpack) {
  function compressing(format) {
    const { Deflate } = unpack("zlib");
    return (emit) => {
      const deflate = new Deflate(FORMATS[format]);
      deflate.onData = emit;
      return { push: (bytes) => void deflate.push(bytes, false), finish: () => void deflate.push(new Uint8Array(0), true) };
    };
  }
  function decompressing(format) {
    const { Inflate } = unpack("zlib");
    return (emit) => {
      const inflate = new Inflate({ windowBits: WINDOWS[format] });
      inflate.onData = emit;
      return {
        push(bytes) {
          if (inflate.ended && bytes.length > 0) throw trailing();
          inflate.push(bytes, false);
          if (inflate.err !== 0) throw damaged(inflate.msg || "wrong compression format", "Z_DATA_ERROR");
          if (inflate.ended && format !== "gzip" && inflate.strm.avail_in > 0) throw trailing();
        },
        finish() {
          if (!inflate.ended) throw damaged("unexpected end of file", "Z_BUF_ERROR");
        },
      };
    };
  }
  function pairOf(begin) {
    let work;
    return new TransformStream({
      start: (controller) => {
        work = begin((bytes) => controller.enqueue(bytes));
      },
      transform: (chunk) => work.push(bytesOf(chunk)),
      flush: () => work.finish(),
    });
  }

  class CompressionStream {
    #pair;
    constructor(format) {
      this.#pair = pairOf(compressing(checkFormat(format)));
    }
    get readable() {
      return this.#pair.readable;
    }
    get writable() {
      return this.#pair.writable;
    }
    get [Symbol.toStringTag]() {
      return "CompressionStream";
    }
  }
  class DecompressionStream {
    #pair;
    constructor(format) {
      this.#pair = pairOf(decompressing(checkFormat(format)));
    }
    get readable() {
      return this.#pair.readable;
    }
    get writable() {
      return this.#pair.writable;
    }
    get [Symbol.toStringTag]() {
      return "DecompressionStream";
    }
  }
  return { CompressionStream, DecompressionStream };
}
