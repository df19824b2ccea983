// Blob and File, all in memory.

const encoder = new TextEncoder();
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const CHUNK = 65_536;
let contentOf;

function argumentError(message) {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

function bytesOf(part, endings) {
  if (part instanceof ArrayBuffer) return new Uint8Array(part.slice(0));
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice();
  if (part instanceof Blob) return contentOf(part);
  const text = `${part}`;
  return encoder.encode(endings === "native" ? text.replace(/\r\n|\r/g, "\n") : text);
}

function concatenated(chunks) {
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

const typeOf = (type) => (/^[\u0020-\u007e]*$/.test(type) ? type.toLowerCase() : "");

function place(value, size) {
  const number = Math.trunc(Number(value)) || 0;
  return number < 0 ? Math.max(size + number, 0) : Math.min(number, size);
}

export class Blob {
  #bytes;
  #type;
  constructor(parts = [], options = {}) {
    if (parts === null || typeof parts !== "object" || typeof parts[Symbol.iterator] !== "function") {
      throw argumentError('The "sources" argument must be a sequence');
    }
    if (typeof options !== "object" && typeof options !== "function") {
      throw argumentError('The "options" argument must be of type object');
    }
    const { type = "", endings = "transparent" } = options ?? {};
    if (endings !== "transparent" && endings !== "native") {
      throw Object.assign(new TypeError(`The property 'options.endings' is invalid: ${endings}`), { code: "ERR_INVALID_ARG_VALUE" });
    }
    this.#bytes = concatenated(Array.from(parts, (part) => bytesOf(part, endings)));
    this.#type = typeOf(`${type}`);
  }
  static {
    contentOf = (blob) => blob.#bytes;
  }
  get size() {
    return this.#bytes.length;
  }
  get type() {
    return this.#type;
  }
  slice(start = 0, end = this.size, type = "") {
    const size = this.size;
    const from = place(start, size);
    const part = this.#bytes.subarray(from, Math.max(place(end, size), from));
    return newBlob([part], { type });
  }
  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }
  async bytes() {
    return this.#bytes.slice();
  }
  async text() {
    return new TextDecoder().decode(this.#bytes);
  }
  stream() {
    return streamOf(this.#bytes);
  }
  get [Symbol.toStringTag]() {
    return "Blob";
  }
  [INSPECT](depth, options, inspect) {
    return `Blob ${inspect({ size: this.size, type: this.type }, { ...options, depth })}`;
  }
}

const newBlob = (parts, options) => new Blob(parts, options);

/** A byte stream of these bytes, in pieces of 64 KiB. */
export function streamOf(bytes) {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at + CHUNK));
        at += CHUNK;
      } else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = {}) {
    if (arguments.length < 2) {
      throw Object.assign(new TypeError('The "sources" and "fileName" arguments must be specified'), { code: "ERR_MISSING_ARGS" });
    }
    super(parts, options);
    this.#name = `${name}`.toWellFormed();
    const modified = options?.lastModified;
    this.#lastModified = modified === undefined ? Date.now() : Math.trunc(Number(modified)) || 0;
  }
  get name() {
    return this.#name;
  }
  get lastModified() {
    return this.#lastModified;
  }
  get webkitRelativePath() {
    return "";
  }
  get [Symbol.toStringTag]() {
    return "File";
  }
  [INSPECT](depth, options, inspect) {
    const { size, type, name, lastModified } = this;
    return `File ${inspect({ size, type, name, lastModified }, { ...options, depth })}`;
  }
}
