// RSA signatures with big integers: PKCS #1 v1.5 and PSS (RFC 8017). The clock is frozen meanwhile,
// so timing reveals nothing.
import { digestOf } from "../digests.js";
import { powerOf, toBigInt, toBytes } from "./numbers.js";

// DigestInfo of each hash up to the digest itself (RFC 8017, section 9.2).
const PREFIXES = {
  "SHA-1": [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14],
  "SHA-256": [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
  "SHA-224": [0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c],
  "SHA-384": [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
  "SHA-512": [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
};

const hashed = (hash, ...parts) => {
  const digest = digestOf(hash);
  for (const part of parts) digest.update(part);
  return digest.digest();
};
const sameBytes = (one, two) => one.length === two.length && one.every((byte, i) => byte === two[i]);
export const bitLength = (number) => number.toString(2).length;
const sizeOf = (key) => Math.ceil(bitLength(key.n) / 8);

/** message ** d mod n. */
export function decrypt(key, message) {
  if (key.p === undefined) return powerOf(message, key.d, key.n);
  const one = powerOf(message, key.dp, key.p);
  const two = powerOf(message, key.dq, key.q);
  const factor = ((((one - two) * key.qi) % key.p) + key.p) % key.p;
  return two + factor * key.q;
}

function padded(hash, data, size) {
  const info = [...PREFIXES[hash], ...hashed(hash, data)];
  const filler = size - info.length - 3;
  if (filler < 8) return null;
  return new Uint8Array([0, 1, ...new Array(filler).fill(0xff), 0, ...info]);
}

/** A signature by PKCS #1 v1.5, or null when the key is too small for the hash. */
export function signPkcs1(key, hash, data) {
  const message = padded(hash, data, sizeOf(key));
  return message && toBytes(decrypt(key, toBigInt(message)), sizeOf(key));
}

function opened(key, signature) {
  const number = toBigInt(signature);
  if (signature.length !== sizeOf(key) || number >= key.n) return null;
  return powerOf(number, key.e, key.n);
}

export function verifyPkcs1(key, hash, signature, data) {
  const found = opened(key, signature);
  const expected = padded(hash, data, sizeOf(key));
  return found !== null && expected !== null && found === toBigInt(expected);
}

function mask(hash, seed, length) {
  const parts = [];
  for (let i = 0, have = 0; have < length; i++) {
    const part = hashed(hash, seed, new Uint8Array([i >>> 24, i >>> 16, i >>> 8, i]));
    parts.push(...part);
    have += part.length;
  }
  return parts.slice(0, length);
}

/** A signature by PSS with this salt, or null when the key is too small. */
export function signPss(key, hash, salt, data) {
  const topBits = bitLength(key.n) - 1;
  const size = Math.ceil(topBits / 8);
  const digest = hashed(hash, new Uint8Array(8), hashed(hash, data), salt);
  const room = size - salt.length - digest.length - 2;
  if (room < 0) return null;
  const block = [...new Array(room).fill(0), 1, ...salt];
  const masked = mask(hash, digest, block.length).map((byte, i) => byte ^ block[i]);
  masked[0] &= 0xff >> (8 * size - topBits);
  const message = new Uint8Array([...masked, ...digest, 0xbc]);
  return toBytes(decrypt(key, toBigInt(message)), sizeOf(key));
}

export function verifyPss(key, hash, saltLength, signature, data) {
  const topBits = bitLength(key.n) - 1;
  const size = Math.ceil(topBits / 8);
  const number = opened(key, signature);
  if (number === null || bitLength(number) > size * 8) return false;
  const message = toBytes(number, size);
  const hashLength = digestOf(hash).outputLen;
  const room = size - saltLength - hashLength - 2;
  if (room < 0 || message.at(-1) !== 0xbc) return false;
  const masked = message.subarray(0, size - hashLength - 1);
  const digest = message.subarray(size - hashLength - 1, size - 1);
  const unused = 8 * size - topBits;
  if (masked[0] >> (8 - unused) !== 0) return false;
  const block = mask(hash, digest, masked.length).map((byte, i) => byte ^ masked[i]);
  block[0] &= 0xff >> unused;
  if (block.slice(0, room).some((byte) => byte !== 0) || block[room] !== 1) return false;
  const salt = new Uint8Array(block.slice(room + 1));
  return sameBytes(hashed(hash, new Uint8Array(8), hashed(hash, data), salt), digest);
}
