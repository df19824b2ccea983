// Writes V8's serialisation, as node:v8 does.
const { VERSION, HEADER, TAG, VIEWS, ERRORS, FLAGS } = require("./v8-format.cjs");

function uncloneable(value) {
  const shown = typeof value === "function" ? value.toString() : typeof value === "symbol" ? value.toString() : "#<Object>";
  return new Error(`${shown} could not be cloned.`);
}

class Serializer {
  #bytes = [];
  #seen = new Map();
  #hostViews = false;
  writeHeader() {
    this.#bytes.push(HEADER, VERSION);
  }
  writeUint32(value) {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#bytes.push(rest);
  }
  writeUint64(high, low) {
    let rest = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    while (rest > 0x7fn) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#bytes.push(Number(rest));
  }
  writeDouble(value) {
    this.writeRawBytes(new Uint8Array(new Float64Array([value]).buffer));
  }
  writeRawBytes(view) {
    const bytes = ArrayBuffer.isView(view) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(view);
    for (const byte of bytes) this.#bytes.push(byte);
  }
  releaseBuffer() {
    const result = Buffer.from(this.#bytes);
    this.#bytes = [];
    return result;
  }
  transferArrayBuffer() {}
  _setTreatArrayBufferViewsAsHostObjects(flag) {
    this.#hostViews = flag;
  }
  _getDataCloneError(message) {
    return new Error(message);
  }
  writeValue(value) {
    this.#write(value);
    return true;
  }
  #tag(name) {
    this.#bytes.push(TAG[name]);
  }
  #zigzag(value) {
    this.writeUint32(((value << 1) ^ (value >> 31)) >>> 0);
  }
  #string(text) {
    if (/[^\u0000-\u00ff]/.test(text)) {
      const length = text.length * 2;
      // The characters begin at an even place.
      const size = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : 4;
      if ((this.#bytes.length + 1 + size) & 1) this.#tag("padding");
      this.#tag("wide");
      this.writeUint32(length);
      for (let i = 0; i < text.length; i++) this.#bytes.push(text.charCodeAt(i) & 0xff, text.charCodeAt(i) >> 8);
      return;
    }
    this.#tag("latin");
    this.writeUint32(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes.push(text.charCodeAt(i));
  }
  #bigint(value) {
    let rest = value < 0n ? -value : value;
    const digits = [];
    for (; rest > 0n; rest >>= 64n) {
      const word = rest & 0xffffffffffffffffn;
      for (let i = 0n; i < 64n; i += 8n) digits.push(Number((word >> i) & 0xffn));
    }
    this.writeUint32((digits.length << 1) | (value < 0n ? 1 : 0));
    this.writeRawBytes(new Uint8Array(digits));
  }
  #number(value) {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 30 && !Object.is(value, -0)) {
      this.#tag("int");
      this.#zigzag(value);
    } else {
      this.#tag("double");
      this.writeDouble(value);
    }
  }
  #write(value) {
    if (value === undefined || value === null || typeof value === "boolean") this.#tag(`${value}`);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") this.#string(value);
    else if (typeof value === "bigint") {
      this.#tag("bigint");
      this.#bigint(value);
    } else if (typeof value === "object") this.#object(value);
    else throw uncloneable(value);
  }
  #object(value) {
    if (ArrayBuffer.isView(value) && !this.#hostViews && !this.#seen.has(value)) {
      // V8 writes the buffer first, and the view onto it.
      this.#object(value.buffer);
      this.#seen.set(value, this.#seen.size);
      return this.#view(value);
    }
    if (this.#seen.has(value)) {
      this.#tag("reference");
      this.writeUint32(this.#seen.get(value));
      return undefined;
    }
    this.#seen.set(value, this.#seen.size);
    if (ArrayBuffer.isView(value)) {
      this.#tag("host");
      return this._writeHostObject(value);
    }
    return this.#composite(value);
  }
  #view(value) {
    this.#tag("view");
    const [kind] = Object.entries(VIEWS).find(([, Class]) => (Class === Uint8Array ? value instanceof Uint8Array : value.constructor === Class)) ?? ["?"];
    this.#bytes.push(kind.charCodeAt(0));
    for (const number of [value.byteOffset, value.byteLength, 0]) this.writeUint32(number);
  }
  #composite(value) {
    if (Array.isArray(value)) return this.#array(value);
    if (value instanceof Date) {
      this.#tag("date");
      return this.writeDouble(value.getTime());
    }
    if (value instanceof Map) return this.#collection("map", [...value].flat(1));
    if (value instanceof Set) return this.#collection("set", [...value]);
    if (value instanceof RegExp) {
      this.#tag("regexp");
      this.#string(value.source);
      return this.writeUint32([...FLAGS].reduce((bits, flag, i) => (value.flags.includes(flag) ? bits | (1 << i) : bits), 0));
    }
    if (value instanceof ArrayBuffer) {
      this.#tag("buffer");
      this.writeUint32(value.byteLength);
      return this.writeRawBytes(value);
    }
    if (value instanceof Error) return this.#error(value);
    return this.#boxed(value) ?? this.#plain(value);
  }
  #boxed(value) {
    if (value instanceof Boolean) this.#tag(`${value.valueOf()}Object`);
    else if (value instanceof Number) {
      this.#tag("numberObject");
      this.writeDouble(value.valueOf());
    } else if (value instanceof BigInt) {
      this.#tag("bigintObject");
      this.#bigint(value.valueOf());
    } else if (value instanceof String) {
      this.#tag("stringObject");
      this.#string(value.valueOf());
    } else return undefined;
    return true;
  }
  #collection(name, values) {
    this.#tag(name);
    for (const each of values) this.#write(each);
    this.#tag(`${name}End`);
    this.writeUint32(values.length);
  }
  #array(value) {
    const keys = Object.keys(value);
    const isDense = keys.length >= value.length && keys.slice(0, value.length).every((key, i) => key === `${i}`);
    this.#tag(isDense ? "dense" : "sparse");
    this.writeUint32(value.length);
    if (isDense) for (let i = 0; i < value.length; i++) this.#write(value[i]);
    const count = this.#properties(value, isDense ? keys.slice(value.length) : keys);
    this.#tag(isDense ? "denseEnd" : "sparseEnd");
    this.writeUint32(count);
    this.writeUint32(value.length);
  }
  #properties(value, keys) {
    let count = 0;
    for (const key of keys) {
      if (!Object.hasOwn(value, key)) continue;
      if (/^(?:0|[1-9]\d{0,8})$/.test(key)) this.#number(+key);
      else this.#string(key);
      this.#write(value[key]);
      count++;
    }
    return count;
  }
  #plain(value) {
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) throw uncloneable(value);
    this.#tag("object");
    const count = this.#properties(value, Object.keys(value));
    this.#tag("objectEnd");
    this.writeUint32(count);
  }
  #error(value) {
    this.#tag("error");
    const [kind] = Object.entries(ERRORS).find(([, Class]) => Class.name === value.name) ?? [];
    if (kind) this.#bytes.push(kind.charCodeAt(0));
    if (typeof value.message === "string" && Object.hasOwn(value, "message")) {
      this.#bytes.push(109);
      this.#string(value.message);
    }
    if (Object.hasOwn(value, "cause")) {
      this.#bytes.push(99);
      this.#write(value.cause);
    }
    if (typeof value.stack === "string") {
      this.#bytes.push(115);
      this.#string(value.stack);
    }
    this.#bytes.push(46);
  }
}

module.exports = { Serializer };
