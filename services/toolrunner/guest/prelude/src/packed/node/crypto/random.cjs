// Random values of node:crypto, from this call's seed.
const { bytesOf, checkInteger, coded, invalidType, later } = require("./bytes.cjs");

const PIECE = 65_536;
const MOST = 2 ** 31 - 1;
const RANGE = 2 ** 48 - 1;

function fill(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) crypto.getRandomValues(bytes.subarray(at, at + PIECE));
  return bytes;
}

function randomBytes(size, callback) {
  checkInteger(size, "size", 0, MOST);
  if (callback === undefined) return fill(Buffer.alloc(size));
  return later(callback, () => fill(Buffer.alloc(size)));
}

function partOf(buffer, offset = 0, size) {
  if (!ArrayBuffer.isView(buffer) && !(buffer instanceof ArrayBuffer)) throw invalidType("buf", "an instance of ArrayBuffer or ArrayBufferView", buffer);
  const bytes = bytesOf(buffer);
  const unit = buffer.BYTES_PER_ELEMENT ?? 1;
  const from = checkInteger(offset * unit, "offset", 0, bytes.length);
  const length = size === undefined ? bytes.length - from : size * unit;
  if (from + length > bytes.length) throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "size + offset" is out of range. It must be <= ${bytes.length}. Received ${from + length}`);
  return bytes.subarray(from, from + length);
}

function randomFillSync(buffer, offset, size) {
  fill(partOf(buffer, offset, size));
  return buffer;
}

function randomFill(buffer, ...rest) {
  const callback = rest.pop();
  later(callback, () => [randomFillSync(buffer, ...rest)]);
}

function between(low, high) {
  if (!Number.isSafeInteger(low)) throw invalidType("min", "a safe integer", low);
  if (!Number.isSafeInteger(high)) throw invalidType("max", "a safe integer", high);
  if (high <= low) throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "max" is out of range. It must be greater than the value of "min" (${low}). Received ${high}`);
  const range = high - low;
  if (range > RANGE) throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "max - min" is out of range. It must be <= ${RANGE}. Received ${range}`);
  // The last numbers, which would make some results likelier, are drawn again.
  const limit = RANGE - (RANGE % range);
  for (;;) {
    const number = fill(Buffer.alloc(6)).readUIntBE(0, 6);
    if (number < limit) return low + (number % range);
  }
}

function randomInt(from, to, callback) {
  const isShort = to === undefined || typeof to === "function";
  const [low, high, done] = isShort ? [0, from, to] : [from, to, callback];
  if (done === undefined) return between(low, high);
  return later(done, () => between(low, high));
}

function randomUUIDv7() {
  const bytes = fill(Buffer.alloc(16));
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function timingSafeEqual(left, right) {
  for (const [name, value] of [["buf1", left], ["buf2", right]]) {
    if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) throw invalidType(name, "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", value);
  }
  const [one, two] = [bytesOf(left), bytesOf(right)];
  if (one.length !== two.length) throw coded(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
  let difference = 0;
  for (let i = 0; i < one.length; i++) difference |= one[i] ^ two[i];
  return difference === 0;
}

module.exports = {
  fill, randomBytes, randomFill, randomFillSync, randomInt, randomUUIDv7, timingSafeEqual,
  pseudoRandomBytes: randomBytes, prng: randomBytes, rng: randomBytes,
  randomUUID: () => crypto.randomUUID(),
  getRandomValues: (view) => crypto.getRandomValues(view),
};
