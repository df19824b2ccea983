// The parser of HTTP responses that undici carries as WebAssembly, with the same functions in
// JavaScript: they read what carrier.js writes, where a head comes as one piece.

const OK = 0;
const INTERNAL = 1;
const INVALID_EOF = 14;
const PAUSED = 21;
const PAUSED_UPGRADE = 22;
const REASON_AT = 16;
const DATA_AT = 64;
const REASON = "Expected HTTP/, RTSP/ or ICE/";
const START = /^HTTP\/1\.[01] (\d{3}) ?([^\r]*)$/;
const CR = 13;
const LF = 10;

/** Where the line that begins at `from` ends, -1 if it does not yet. */
function lineEnd(bytes, from) {
  for (let at = from; at + 1 < bytes.length; at++) if (bytes[at] === CR && bytes[at + 1] === LF) return at;
  return -1;
}

const textOf = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

class Parser {
  #calls;
  #pointer;
  #step = "head";
  #left = 0;
  #keepsAlive = true;
  errorAt = 0;

  constructor(calls, pointer) {
    this.#calls = calls;
    this.#pointer = pointer;
  }

  get isBetween() {
    return this.#step === "head" || this.#step === "close";
  }

  /** Read bytes that stand at `base` in memory; gives a code of llhttp, and sets `errorAt`. */
  execute(bytes, base) {
    let at = 0;
    while (at < bytes.length || this.#step === "complete") {
      const { code, next } = this[`_${this.#step}`](bytes, at, base);
      at = next;
      if (code === OK) continue;
      this.errorAt = base + at;
      return code;
    }
    return OK;
  }

  #failed = (at) => ({ code: INTERNAL, next: at });

  _head(bytes, at, base) {
    const end = lineEnd(bytes, at);
    const start = end < 0 ? null : START.exec(textOf(bytes, at, end));
    if (start === null) return this.#failed(at);
    const calls = this.#calls;
    const p = this.#pointer;
    const begun = calls.wasm_on_message_begin(p);
    if (begun !== OK) return { code: begun, next: at };
    const status = base + at + 13;
    if (start[2] !== "") calls.wasm_on_status(p, status, start[2].length);
    const headers = new Map();
    let line = end + 2;
    for (let stop = lineEnd(bytes, line); stop !== line; stop = lineEnd(bytes, line)) {
      if (stop < 0) return this.#failed(at);
      const colon = bytes.indexOf(58, line);
      const value = bytes[colon + 1] === 32 ? colon + 2 : colon + 1;
      headers.set(textOf(bytes, line, colon).toLowerCase(), textOf(bytes, value, stop));
      calls.wasm_on_header_field(p, base + line, colon - line);
      calls.wasm_on_header_value(p, base + value, stop - value);
      line = stop + 2;
    }
    return this.#headEnded(+start[1], headers, line + 2);
  }

  #headEnded(status, headers, next) {
    const told = this.#calls.wasm_on_headers_complete(this.#pointer, status, 0, this.#keepsAlive ? 1 : 0);
    const length = headers.get("content-length");
    if (told === 2) return { code: PAUSED_UPGRADE, next };
    if (told === 1 || status === 204 || status === 304 || length === "0") this.#step = "complete";
    else if (headers.has("transfer-encoding")) this.#step = "size";
    else if (length !== undefined) this.#step = "length";
    else this.#step = "close";
    this.#left = Number(length ?? 0);
    return { code: told === PAUSED || told < 0 ? told : OK, next };
  }

  #body(bytes, at, base, size, after) {
    const taken = Math.min(size, bytes.length - at);
    this.#left -= taken;
    if (this.#left === 0) this.#step = after;
    const code = this.#calls.wasm_on_body(this.#pointer, base + at, taken);
    return { code, next: at + taken };
  }
  _length(bytes, at, base) {
    return this.#body(bytes, at, base, this.#left, "complete");
  }
  _close(bytes, at, base) {
    return this.#body(bytes, at, base, Infinity, "close");
  }
  _size(bytes, at) {
    const end = lineEnd(bytes, at);
    const size = end < 0 ? NaN : parseInt(textOf(bytes, at, end), 16);
    if (!(size >= 0)) return this.#failed(at);
    this.#left = size;
    this.#step = size === 0 ? "last" : "data";
    return { code: OK, next: end + 2 };
  }
  _data(bytes, at, base) {
    return this.#body(bytes, at, base, this.#left, "gap");
  }
  _gap(bytes, at) {
    this.#step = "size";
    return { code: OK, next: at + 2 };
  }
  _last(bytes, at) {
    this.#step = "complete";
    return { code: OK, next: at + 2 };
  }
  _complete(bytes, at) {
    this.#step = "head";
    return { code: this.#calls.wasm_on_message_complete(this.#pointer), next: at };
  }
}

/** The exports of an instance of llhttp for the functions that it calls. */
function exportsFor(calls) {
  const parsers = new Map();
  const memory = { buffer: new ArrayBuffer(DATA_AT) };
  let next = 1;
  function malloc(size) {
    if (memory.buffer.byteLength < DATA_AT + size) memory.buffer = new ArrayBuffer(DATA_AT + size);
    new Uint8Array(memory.buffer).set(Buffer.from(`${REASON}\0`), REASON_AT);
    return DATA_AT;
  }
  return {
    memory,
    malloc,
    free() {},
    _initialize() {},
    llhttp_alloc() {
      parsers.set(next, new Parser(calls, next));
      return next++;
    },
    llhttp_free: (pointer) => parsers.delete(pointer),
    llhttp_execute: (pointer, at, size) => parsers.get(pointer).execute(new Uint8Array(memory.buffer, size === 0 ? 0 : at, size), at),
    llhttp_finish: (pointer) => (parsers.get(pointer).isBetween ? OK : INVALID_EOF),
    llhttp_resume() {},
    llhttp_get_error_pos: (pointer) => parsers.get(pointer).errorAt,
    llhttp_get_error_reason: () => REASON_AT,
  };
}

/** A WebAssembly that knows this one program. */
export function webAssemblyOfUndici() {
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  for (const Class of [CompileError, LinkError, RuntimeError]) {
    Object.defineProperty(Class.prototype, "name", { value: Class.name, writable: true, configurable: true });
  }
  const isKnown = (bytes) => Buffer.from(bytes.buffer ?? bytes, bytes.byteOffset, bytes.byteLength).includes("wasm_on_headers_complete");
  class Module {
    constructor(bytes) {
      if (!isKnown(bytes)) throw new CompileError("WebAssembly is not available in the sandbox");
    }
  }
  class Instance {
    constructor(module, imports) {
      this.exports = exportsFor(imports.env);
    }
  }
  const compile = async (bytes) => new Module(bytes);
  async function instantiate(given, imports) {
    if (given instanceof Module) return new Instance(given, imports);
    const module = new Module(given);
    return { module, instance: new Instance(module, imports) };
  }
  return { Module, Instance, CompileError, LinkError, RuntimeError, compile, instantiate, validate: isKnown };
}
