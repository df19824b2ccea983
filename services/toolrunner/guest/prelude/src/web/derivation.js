// Keys derived from passwords, by the engine where it can: in JavaScript their usual cost would take
// more than a call's time.
import { hashKey, hasherOf } from "./digests.js";

const BITS = { __proto__: null, sha1: 1, sha256: 256, sha512: 512 };
let engine;

/** Take the engine's functions; called once, at boot. */
export function derivationFrom({ pbkdf2, scrypt }) {
  engine = { pbkdf2, scrypt };
}

const asBytes = (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

/** PBKDF2 with a digest of this name; `unpack` gives what the engine has none of. */
export function pbkdf2(unpack, name, password, salt, rounds, size) {
  const bits = BITS[hashKey(name)];
  if (bits === undefined) return unpack("derivation").pbkdf2(hasherOf(name), password, salt, { c: rounds, dkLen: size });
  return new Uint8Array(engine.pbkdf2(bits, asBytes(password), asBytes(salt), rounds, size));
}

/** scrypt with a checked cost. */
export function scrypt(password, salt, { N, r, p }, size) {
  return new Uint8Array(engine.scrypt(asBytes(password), asBytes(salt), N, r, p, size));
}
