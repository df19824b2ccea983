// Keys derived from passwords and other keys, at once and with a callback.
const { hasherOf, isHash, unpack } = require("sandbox");
const { bytesOf, checkCallback, checkInteger, coded, later, output } = require("./bytes.cjs");
const { checkHash } = require("./hash.cjs");
const { keyBytes } = require("./key-object.cjs");

const MOST = 2 ** 31 - 1;

function digestFor(name) {
  if (typeof name === "string" && !isHash(name)) throw coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${name}`);
  return hasherOf(checkHash(name, "digest"));
}

function pbkdf2Sync(password, salt, iterations, length, digest) {
  const hasher = digestFor(digest);
  checkInteger(iterations, "iterations", 1, MOST);
  checkInteger(length, "keylen", 0, MOST);
  if (length === 0) return Buffer.alloc(0);
  return output(unpack("derivation").pbkdf2(hasher, bytesOf(password, undefined, "password"), bytesOf(salt, undefined, "salt"), { c: iterations, dkLen: length }));
}

function hkdfSync(digest, key, salt, info, length) {
  const hasher = digestFor(digest);
  checkInteger(length, "length", 0, MOST);
  if (length > 255 * hasher.outputLen) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  if (length === 0) return new ArrayBuffer(0);
  return unpack("derivation").hkdf(hasher, keyBytes(key), bytesOf(salt), bytesOf(info), length).slice().buffer;
}

function scryptOptions({ N, cost, r, blockSize, p, parallelization, maxmem = 32 * 2 ** 20 } = {}) {
  const options = { N: N ?? cost ?? 16_384, r: r ?? blockSize ?? 8, p: p ?? parallelization ?? 1 };
  const needed = 128 * options.N * options.r;
  if (options.N < 2 || (options.N & (options.N - 1)) !== 0) throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
  if (needed > maxmem) throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params: memory limit exceeded");
  return { ...options, maxmem: maxmem + 128 * options.r * options.p + 65_536 };
}

function scryptSync(password, salt, length, options) {
  checkInteger(length, "keylen", 0, MOST);
  const { maxmem, ...cost } = scryptOptions(options);
  if (length === 0) return Buffer.alloc(0);
  return output(unpack("derivation").scrypt(bytesOf(password, undefined, "password"), bytesOf(salt, undefined, "salt"), { ...cost, dkLen: length, maxmem }));
}

function argon2Sync(algorithm, { message, nonce, parallelism, tagLength, memory, passes, secret, associatedData }) {
  if (!["argon2d", "argon2i", "argon2id"].includes(algorithm)) throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'algorithm' must be one of: 'argon2d', 'argon2i', 'argon2id'. Received '${algorithm}'`);
  const options = { t: passes, m: memory, p: parallelism, dkLen: tagLength };
  if (secret !== undefined) options.key = bytesOf(secret);
  if (associatedData !== undefined) options.personalization = bytesOf(associatedData);
  return output(unpack("derivation")[algorithm](bytesOf(message), bytesOf(nonce), options));
}

function withCallback(derive) {
  return (...args) => {
    const callback = args.pop();
    checkCallback(callback);
    later(callback, () => [derive(...args)]);
  };
}

// Wrong arguments throw at once in Node, too; only the derivation itself calls back.
module.exports = {
  argon2: withCallback(argon2Sync), argon2Sync,
  hkdf: withCallback(hkdfSync), hkdfSync,
  pbkdf2: withCallback(pbkdf2Sync), pbkdf2Sync,
  scrypt: withCallback(scryptSync), scryptSync,
};
