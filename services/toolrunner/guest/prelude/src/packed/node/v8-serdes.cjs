// node:v8's serialize and deserialize: views are written as Node's host objects.
const { Serializer } = require("./v8-serializer.cjs");
const { Deserializer } = require("./v8-deserializer.cjs");

// The place in the list is what is written; a Buffer has one of its own.
const TYPES = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, DataView, Buffer, BigInt64Array, BigUint64Array];
const BUFFER = TYPES.indexOf(Buffer);

class DefaultSerializer extends Serializer {
  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }
  _writeHostObject(view) {
    const type = Buffer.isBuffer(view) ? BUFFER : TYPES.findIndex((Class) => view instanceof Class);
    if (type < 0) throw this._getDataCloneError(`Unserializable host object: ${Object.prototype.toString.call(view)}`);
    this.writeUint32(type);
    this.writeUint32(view.byteLength);
    this.writeRawBytes(view);
  }
}

class DefaultDeserializer extends Deserializer {
  _readHostObject() {
    const Class = TYPES[this.readUint32()];
    const bytes = this.readRawBytes(this.readUint32());
    if (Class === undefined) throw new Error("Unable to deserialize cloned data.");
    if (Class === Buffer) return Buffer.from(bytes);
    const { buffer, byteLength } = new Uint8Array(bytes);
    return new Class(buffer, 0, byteLength / (Class.BYTES_PER_ELEMENT ?? 1));
  }
}

function serialize(value) {
  const serializer = new DefaultSerializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

function deserialize(buffer) {
  const deserializer = new DefaultDeserializer(buffer);
  deserializer.readHeader();
  return deserializer.readValue();
}

module.exports = { Serializer, Deserializer, DefaultSerializer, DefaultDeserializer, serialize, deserialize };
