// Digests by name, from @noble/hashes.
import { hmac } from "@noble/hashes/hmac.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";

const HASHES = {
  md5, sha1, sha224, sha256, sha384, sha512, ripemd160,
  "sha512-256": sha512_256, "sha3-256": sha3_256, "sha3-384": sha3_384, "sha3-512": sha3_512,
};

/** A digest's own name, of any of its names. */
export const hashKey = (name) => {
  const lower = `${name}`.toLowerCase().replace(/^rsa-/, "");
  return Object.hasOwn(HASHES, lower) ? lower : lower.replace("-", "");
};

/** Names of the supported digests, in Node's spelling. */
export const hashNames = () => Object.keys(HASHES);

/** Whether a digest is supported, by Node's or the Web's name. */
export const isHash = (name) => Object.hasOwn(HASHES, hashKey(name));

/** A running digest: `update(bytes)`, `digest()`, `clone()`. */
export const digestOf = (name) => HASHES[hashKey(name)].create();

/** A running HMAC under a key of bytes. */
export const hmacOf = (name, key) => hmac.create(HASHES[hashKey(name)], key);

/** The digest itself, as @noble/hashes takes it for key derivation. */
export const hasherOf = (name) => HASHES[hashKey(name)];
