// Blob, File and FormData, all in memory.

const encoder = new TextEncoder();
let contentOf;

function bytesOf(part) {
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof Blob) return contentOf(part);
  return encoder.encode(`${part}`);
}

function concatenated(parts) {
  const chunks = parts.map(bytesOf);
  const all = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

export class Blob {
  #bytes;
  constructor(parts = [], { type = "" } = {}) {
    this.#bytes = concatenated([...parts]);
    this.type = `${type}`.toLowerCase();
  }
  static {
    contentOf = (blob) => blob.#bytes;
  }
  get size() {
    return this.#bytes.length;
  }
  slice(start = 0, end = this.size, type = "") {
    return newBlob([this.#bytes.slice(start, end)], { type });
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
}

const newBlob = (parts, options) => new Blob(parts, options);

/** A stream of these bytes, in one chunk. */
export function streamOf(bytes) {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes.slice());
      controller.close();
    },
  });
}

export class File extends Blob {
  constructor(parts, name, options = {}) {
    super(parts, options);
    this.name = `${name}`;
    this.lastModified = options.lastModified ?? Date.now();
  }
  get [Symbol.toStringTag]() {
    return "File";
  }
}

export class FormData {
  #entries = [];
  append(name, value, filename) {
    const item = value instanceof Blob && !(value instanceof File) ? new File([value], filename ?? "blob", value) : value;
    this.#entries.push([`${name}`, item instanceof Blob ? item : `${item}`]);
  }
  set(name, value, filename) {
    this.delete(name);
    this.append(name, value, filename);
  }
  delete(name) {
    this.#entries = this.#entries.filter(([key]) => key !== `${name}`);
  }
  get(name) {
    return this.#entries.find(([key]) => key === `${name}`)?.[1] ?? null;
  }
  getAll(name) {
    return this.#entries.filter(([key]) => key === `${name}`).map(([, value]) => value);
  }
  has(name) {
    return this.#entries.some(([key]) => key === `${name}`);
  }
  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }
  *entries() {
    yield* this.#entries;
  }
  *keys() {
    for (const [name] of this.#entries) yield name;
  }
  *values() {
    for (const [, value] of this.#entries) yield value;
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  get [Symbol.toStringTag]() {
    return "FormData";
  }
}
