// CryptoKey, and checks of keys and parameters that all algorithms share.
import { DOMException } from "../dom-exception.js";

const MAKE = Symbol("construct");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const HASHES = { "SHA-1": 64, "SHA-256": 64, "SHA-384": 128, "SHA-512": 128 };
const USAGES = new Set(["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"]);

/** The secret or the numbers of a key, for the algorithms only. */
export let materialOf;

export class CryptoKey {
  #own;
  #material;
  constructor(make, own, material) {
    if (make !== MAKE) throw Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
    this.#own = own;
    this.#material = material;
  }
  static {
    materialOf = (key) => key.#material;
  }
  get type() {
    return this.#own.type;
  }
  get extractable() {
    return this.#own.extractable;
  }
  get algorithm() {
    return this.#own.algorithm;
  }
  get usages() {
    return this.#own.usages;
  }
  get [Symbol.toStringTag]() {
    return "CryptoKey";
  }
  [INSPECT](depth, options, inspect) {
    const { type, extractable, algorithm, usages } = this;
    return `CryptoKey ${inspect({ type, extractable, algorithm, usages }, { ...options, depth })}`;
  }
}

export const failure = (name, message) => new DOMException(message, name);

/** A key with these usages; SyntaxError for one that this type of key does not support. */
export function makeKey(type, algorithm, extractable, usages, allowed, material) {
  for (const usage of usages) {
    if (!USAGES.has(usage)) throw new TypeError(`"${usage}" is not a valid enum value of type KeyUsage.`);
    if (!allowed.includes(usage)) throw failure("SyntaxError", `Unsupported key usage for a ${algorithm.name} key`);
  }
  if (usages.length === 0 && type !== "public") {
    throw failure("SyntaxError", "Usages cannot be empty when importing a " + type + " key.");
  }
  const isExtractable = type === "public" || extractable;
  return new CryptoKey(MAKE, { type, extractable: isExtractable, algorithm, usages: [...new Set(usages)] }, material);
}

/** A hash named by an algorithm, as `{name}`. */
export function hashOf(given) {
  if (given === undefined || (typeof given === "object" && given !== null && given.name === undefined)) {
    throw new TypeError("HashAlgorithmIdentifier: 'name' is required in 'Algorithm'.");
  }
  const name = `${typeof given === "object" && given !== null ? given.name : given}`.toUpperCase();
  if (!Object.hasOwn(HASHES, name)) throw failure("NotSupportedError", "Unrecognized algorithm name");
  return { name };
}

/** The block size of a hash in bytes, the default length of an HMAC key. */
export const blockBytes = (hash) => HASHES[hash.name];

/** A copy of the bytes of a buffer or view; TypeError for anything else. */
export function bytesOf(data, name = "data") {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer) return new Uint8Array(data).slice();
  throw Object.assign(new TypeError(`${name} is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.`), { code: "ERR_INVALID_ARG_TYPE" });
}

/** Checks that a key belongs to an algorithm and allows this usage. */
export function checkUse(key, algorithm, usage) {
  if (!(key instanceof CryptoKey)) throw Object.assign(new TypeError("The key is not of type CryptoKey."), { code: "ERR_INVALID_ARG_TYPE" });
  if (key.algorithm.name !== algorithm.name) throw failure("InvalidAccessError", "Key algorithm mismatch");
  if (!key.usages.includes(usage)) throw failure("InvalidAccessError", `Unable to use this key to ${usage}`);
}

/** Checks the members that all JWKs have in common. */
export function checkJwk(jwk, kty, algorithm, extractable, usages, alg) {
  if (typeof jwk !== "object" || jwk === null) throw failure("DataError", "Invalid keyData");
  if (jwk.kty !== kty) throw failure("DataError", 'Invalid JWK "kty" Parameter');
  if (jwk.key_ops !== undefined && !usages.every((usage) => jwk.key_ops.includes(usage))) {
    throw failure("DataError", "Key operations and usage mismatch");
  }
  if (jwk.ext === false && extractable) throw failure("DataError", 'JWK "ext" Parameter and extractable mismatch');
  if (alg !== undefined && jwk.alg !== undefined && jwk.alg !== alg) throw failure("DataError", 'JWK "alg" does not match the requested algorithm');
}

/** Members that every exported JWK has. */
export const jwkHead = (key) => ({ key_ops: [...key.usages], ext: key.extractable });
