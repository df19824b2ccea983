// Brotli and Zstandard data that any decoder reads, made of blocks that are stored as they are:
// encoders of both would be larger than all else here.

const BROTLI_BLOCK = 65_536;
const ZSTD_BLOCK = 131_072;

// A meta-block begins with: not last (1 bit), four nibbles of length (2), length - 1 (16), stored (1).
function brotliHead(length, isFirst) {
  const bits = ((length - 1) << 3) | (1 << 19);
  // The window's size, 2 ** 22, comes before the first one.
  const head = isFirst ? bits * 16 + 0xb : bits;
  return [head & 0xff, (head >>> 8) & 0xff, (head >>> 16) & 0xff];
}

function brotli(bytes) {
  if (bytes.length === 0) return Buffer.from([0x3b]);
  const parts = [];
  for (let at = 0; at < bytes.length; at += BROTLI_BLOCK) {
    const block = bytes.subarray(at, at + BROTLI_BLOCK);
    parts.push(Buffer.from(brotliHead(block.length, at === 0)), block);
  }
  return Buffer.concat([...parts, Buffer.from([3])]);
}

function zstdSize(size) {
  if (size < 256) return [0x20, size];
  const field = Buffer.alloc(size < 65_792 ? 2 : 4);
  if (field.length === 2) field.writeUInt16LE(size - 256);
  else field.writeUInt32LE(size);
  return [field.length === 2 ? 0x60 : 0xa0, ...field];
}

function zstandard(bytes) {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...zstdSize(bytes.length)])];
  for (let at = 0; at === 0 || at < bytes.length; at += ZSTD_BLOCK) {
    const block = bytes.subarray(at, at + ZSTD_BLOCK);
    const head = (block.length << 3) | (at + ZSTD_BLOCK >= bytes.length ? 1 : 0);
    parts.push(Buffer.from([head & 0xff, (head >>> 8) & 0xff, head >>> 16]), block);
  }
  return Buffer.concat(parts);
}

module.exports = { brotli, zstandard };
