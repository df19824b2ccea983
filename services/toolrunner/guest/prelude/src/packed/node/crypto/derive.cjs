// Keys derived from passwords and other keys, at once and with a callback.
const { hasherOf, isHash, pbkdf2, scrypt, unpack } = require("sandbox");
const { bytesOf, checkCallback, checkInteger, coded, later, output } = require("./bytes.cjs");
const { checkHash } = require("./hash.cjs");
const { keyBytes } = require("./key-object.cjs");

const MOST = 2 ** 31 - 1;

function checkDigest(name) {
  if (typeof name === "string" && !isHash(name)) throw coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${name}`);
  return checkHash(name, "digest");
}

function pbkdf2Sync(password, salt, iterations, length, digest) {
  const hash = checkDigest(digest);
  checkInteger(iterations, "iterations", 1, MOST);
  checkInteger(length, "keylen", 0, MOST);
  if (length === 0) return Buffer.alloc(0);
  return output(pbkdf2(hash, bytesOf(password, undefined, "password"), bytesOf(salt, undefined, "salt"), iterations, length));
}

function hkdfSync(digest, key, salt, info, length) {
  const hasher = hasherOf(checkDigest(digest));
  checkInteger(length, "length", 0, MOST);
  if (length > 255 * hasher.outputLen) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  if (length === 0) return new ArrayBuffer(0);
  return unpack("derivation").hkdf(hasher, keyBytes(key), bytesOf(salt), bytesOf(info), length).slice().buffer;
}

// A member of scrypt's options under either of its names; 0 is the default.
function costOf(options, name, other, standard) {
  const [one, two] = [options[name], options[other]];
  if (one !== undefined && two !== undefined) {
    throw coded(TypeError, "ERR_INCOMPATIBLE_OPTION_PAIR", `Option "${name}" cannot be used in combination with option "${other}"`);
  }
  const value = one ?? two;
  if (value !== undefined) checkInteger(value, one === undefined ? other : name, 0, 2 ** 32 - 1);
  return value || standard;
}

function scryptOptions(given) {
  const options = given ?? {};
  const N = costOf(options, "N", "cost", 16_384);
  const r = costOf(options, "r", "blockSize", 8);
  const p = costOf(options, "p", "parallelization", 1);
  if (options.maxmem !== undefined) checkInteger(options.maxmem, "maxmem", 0, Number.MAX_SAFE_INTEGER);
  const isPower = N >= 2 && 2 ** Math.round(Math.log2(N)) === N;
  if (!isPower) throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
  const isOver = 128 * N * r > (options.maxmem || 32 * 2 ** 20) || r * p >= 2 ** 30;
  if (isOver) throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params: memory limit exceeded");
  return { N, r, p };
}

function scryptSync(password, salt, length, options) {
  checkInteger(length, "keylen", 0, MOST);
  const cost = scryptOptions(options);
  if (length === 0) return Buffer.alloc(0);
  return output(scrypt(bytesOf(password, undefined, "password"), bytesOf(salt, undefined, "salt"), cost, length));
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
