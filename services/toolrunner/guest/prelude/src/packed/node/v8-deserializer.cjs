// Reads V8's serialisation, as node:v8 does.
const { VERSION, HEADER, TAG, VIEWS, ERRORS, FLAGS } = require("./v8-format.cjs");

class Deserializer {
  #bytes;
  #at = 0;
  #objects = [];
  #version = 0;
  constructor(buffer) {
    if (!ArrayBuffer.isView(buffer)) throw Object.assign(new TypeError("buffer must be a TypedArray or a DataView"), { code: "ERR_INVALID_ARG_TYPE" });
    this.#bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.buffer = buffer;
  }
  #fail() {
    return new Error("Unable to deserialize cloned data.");
  }
  #byte() {
    if (this.#at >= this.#bytes.length) throw this.#fail();
    return this.#bytes[this.#at++];
  }
  readHeader() {
    if (this.#byte() !== HEADER) throw new Error("Unable to deserialize cloned data due to invalid or unsupported version.");
    this.#version = this.readUint32();
    if (this.#version > VERSION) throw new Error("Unable to deserialize cloned data due to invalid or unsupported version.");
    return true;
  }
  getWireFormatVersion() {
    return this.#version;
  }
  transferArrayBuffer() {}
  readUint32() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value >>> 0;
    }
  }
  readUint64() {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return [Number((value >> 32n) & 0xffffffffn), Number(value & 0xffffffffn)];
    }
  }
  readDouble() {
    return new DataView(new Uint8Array(this.readRawBytes(8)).buffer).getFloat64(0, true);
  }
  _readRawBytes(length) {
    const start = this.#at;
    this.readRawBytes(length);
    return start;
  }
  readRawBytes(length) {
    if (this.#at + length > this.#bytes.length) throw this.#fail();
    this.#at += length;
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at - length, length);
  }
  readValue() {
    return this.#read();
  }
  #keep(value) {
    this.#objects.push(value);
    return value;
  }
  #peek() {
    while (this.#bytes[this.#at] === TAG.padding) this.#at++;
    return this.#bytes[this.#at];
  }
  #signed() {
    const value = this.readUint32();
    return (value >>> 1) ^ -(value & 1);
  }
  #bigint() {
    const field = this.readUint32();
    const bytes = this.readRawBytes(field >>> 1);
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    return field & 1 ? -value : value;
  }
  #text(tag) {
    const bytes = this.readRawBytes(this.readUint32());
    if (tag === TAG.latin) return bytes.toString("latin1");
    return bytes.toString(tag === TAG.wide ? "utf16le" : "utf8");
  }
  #string() {
    const tag = (this.#peek(), this.#byte());
    if (![TAG.latin, TAG.wide, TAG.utf8].includes(tag)) throw this.#fail();
    return this.#text(tag);
  }
  #read() {
    const tag = (this.#peek(), this.#byte());
    const value = this.#leaf(tag) ?? this.#composite(tag);
    if (value.kept instanceof ArrayBuffer && this.#peek() === TAG.view) return this.#view(value.kept);
    return value.kept;
  }
  #leaf(tag) {
    const is = (kept) => ({ kept });
    switch (tag) {
      case TAG.undefined: return is(undefined);
      case TAG.null: return is(null);
      case TAG.true: return is(true);
      case TAG.false: return is(false);
      case TAG.int: return is(this.#signed());
      case TAG.uint: return is(this.readUint32());
      case TAG.double: return is(this.readDouble());
      case TAG.bigint: return is(this.#bigint());
      case TAG.latin: case TAG.wide: case TAG.utf8: return is(this.#text(tag));
      case TAG.reference: return is(this.#objects[this.readUint32()]);
      default: return undefined;
    }
  }
  #composite(tag) {
    const is = (kept) => ({ kept: this.#keep(kept) });
    switch (tag) {
      case TAG.object: return { kept: this.#properties(this.#keep({}), TAG.objectEnd, 1) };
      case TAG.dense: return { kept: this.#dense(this.readUint32()) };
      case TAG.sparse: return { kept: this.#properties(this.#keep(new Array(this.readUint32())), TAG.sparseEnd, 2) };
      case TAG.date: return is(new Date(this.readDouble()));
      case TAG.trueObject: return is(Object(true));
      case TAG.falseObject: return is(Object(false));
      case TAG.numberObject: return is(Object(this.readDouble()));
      case TAG.bigintObject: return is(Object(this.#bigint()));
      case TAG.stringObject: return is(Object(this.#string()));
      case TAG.regexp: {
        const source = this.#string();
        const bits = this.readUint32();
        return is(new RegExp(source, [...FLAGS].filter((flag, i) => bits & (1 << i)).join("")));
      }
      case TAG.map: return { kept: this.#collection(this.#keep(new Map()), TAG.mapEnd, (map) => map.set(this.#read(), this.#read())) };
      case TAG.set: return { kept: this.#collection(this.#keep(new Set()), TAG.setEnd, (set) => set.add(this.#read())) };
      case TAG.buffer: return is(new Uint8Array(this.readRawBytes(this.readUint32())).slice().buffer);
      case TAG.error: return this.#error();
      case TAG.host: return is(this._readHostObject());
      default: throw this.#fail();
    }
  }
  #collection(target, end, add) {
    while (this.#peek() !== end) add(target);
    this.#at++;
    this.readUint32();
    return target;
  }
  #properties(target, end, counts) {
    while (this.#peek() !== end) {
      const key = this.#read();
      Object.defineProperty(target, key, { value: this.#read(), writable: true, enumerable: true, configurable: true });
    }
    this.#at++;
    for (let i = 0; i < counts; i++) this.readUint32();
    return target;
  }
  #dense(length) {
    if (length > this.#bytes.length) throw this.#fail();
    const target = this.#keep(new Array(length));
    for (let i = 0; i < length; i++) {
      if (this.#peek() === TAG.hole) this.#at++;
      else target[i] = this.#read();
    }
    return this.#properties(target, TAG.denseEnd, 2);
  }
  #view(buffer) {
    this.#at++;
    const Class = VIEWS[String.fromCharCode(this.#byte())];
    const [offset, length] = [this.readUint32(), this.readUint32()];
    if (this.#version >= 14) this.readUint32();
    if (Class === undefined) throw this.#fail();
    return this.#keep(new Class(buffer, offset, length / (Class.BYTES_PER_ELEMENT ?? 1)));
  }
  #error() {
    const index = this.#objects.push(null) - 1;
    let Class = Error;
    const own = {};
    for (let tag = this.#byte(); tag !== 46; tag = this.#byte()) {
      const name = String.fromCharCode(tag);
      if (ERRORS[name] !== undefined) Class = ERRORS[name];
      else if (name === "m") own.message = this.#string();
      else if (name === "s") own.stack = this.#string();
      else if (name === "c") own.cause = this.#read();
      else throw this.#fail();
    }
    const error = new Class(own.message);
    if ("cause" in own) Object.defineProperty(error, "cause", { value: own.cause, writable: true, configurable: true });
    if ("stack" in own) Object.defineProperty(error, "stack", { value: own.stack, writable: true, configurable: true });
    this.#objects[index] = error;
    return { kept: error };
  }
}

module.exports = { Deserializer };
