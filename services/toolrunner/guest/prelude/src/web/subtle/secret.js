// Algorithms with secret keys: HMAC, AES, HKDF, PBKDF2. `unpack(name)` returns packages.
import { pbkdf2 as deriveByPbkdf2 } from "../derivation.js";
import { hasherOf, hmacOf } from "../digests.js";
import { blockBytes, bytesOf, checkJwk, failure, hashOf, jwkHead, makeKey, materialOf } from "./key.js";
import { fromBase64Url, toBase64Url } from "./numbers.js";

const NODE_NAMES = { "SHA-1": "1", "SHA-256": "256", "SHA-384": "384", "SHA-512": "512" };
const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const sameBytes = (one, two) => one.length === two.length && one.every((byte, i) => byte === two[i]);

function secretOf(format, data, algorithm, alg, extractable, usages) {
  if (format === "raw" || format === "raw-secret") return bytesOf(data, "keyData");
  if (format !== "jwk") throw failure("NotSupportedError", `Unable to import ${algorithm.name} key with format ${format}`);
  checkJwk(data, "oct", algorithm, extractable, usages, alg?.(data));
  return fromBase64Url(data.k, "k");
}

function exportSecret(format, key, alg) {
  const bytes = materialOf(key);
  if (format === "raw" || format === "raw-secret") return bytes.slice().buffer;
  if (format === "jwk") return { kty: "oct", k: toBase64Url(bytes), alg, ...jwkHead(key) };
  throw failure("NotSupportedError", `Unable to export ${key.algorithm.name} key using ${format} format`);
}

const HMAC = {
  usages: ["sign", "verify"],
  generate({ hash, length }, extractable, usages) {
    const of = hashOf(hash);
    const bitsOfKey = length ?? blockBytes(of) * 8;
    if (bitsOfKey === 0) throw failure("OperationError", "Zero-length key is not supported");
    const algorithm = { name: "HMAC", length: bitsOfKey, hash: of };
    return makeKey("secret", algorithm, extractable, usages, this.usages, random(Math.ceil(bitsOfKey / 8)));
  },
  import(format, data, { hash, length }, extractable, usages) {
    const of = hashOf(hash);
    const alg = () => `HS${NODE_NAMES[of.name]}`;
    const bytes = secretOf(format, data, { name: "HMAC" }, alg, extractable, usages);
    if (bytes.length === 0) throw failure("DataError", "Zero-length key is not supported");
    if (length !== undefined && length !== bytes.length * 8) throw failure("DataError", "Invalid key length");
    return makeKey("secret", { name: "HMAC", length: bytes.length * 8, hash: of }, extractable, usages, this.usages, bytes);
  },
  export: (format, key) => exportSecret(format, key, `HS${NODE_NAMES[key.algorithm.hash.name]}`),
  sign: (algorithm, key, data) => hmacOf(key.algorithm.hash.name, materialOf(key)).update(data).digest(),
  verify(algorithm, key, signature, data) {
    return sameBytes(this.sign(algorithm, key, data), signature);
  },
};

function checkAesLength(length, wrong) {
  if (![128, 192, 256].includes(length)) throw failure(wrong, "Invalid key length");
}

function checked(length, bytes, name) {
  if (bytes.length !== length) throw failure("OperationError", `algorithm.${name} must contain exactly ${length} bytes`);
  return bytes;
}

function crypted(run) {
  try {
    return run();
  } catch {
    throw failure("OperationError", "The operation failed for an operation-specific reason");
  }
}

// AES in one of its modes; `cipherOf(key, parameters)` has `encrypt` and `decrypt`.
const aes = (name, mode, usages, cipherOf) => ({
  usages,
  generate({ length }, extractable, wanted) {
    checkAesLength(length, "OperationError");
    return makeKey("secret", { name, length }, extractable, wanted, usages, random(length / 8));
  },
  import(format, data, given, extractable, wanted) {
    const alg = (jwk) => `A${fromBase64Url(jwk.k, "k").length * 8}${mode}`;
    const bytes = secretOf(format, data, { name }, alg, extractable, wanted);
    checkAesLength(bytes.length * 8, "DataError");
    return makeKey("secret", { name, length: bytes.length * 8 }, extractable, wanted, usages, bytes);
  },
  export: (format, key) => exportSecret(format, key, `A${key.algorithm.length}${mode}`),
  keyLength({ length }) {
    checkAesLength(length, "OperationError");
    return length;
  },
  encrypt: (parameters, key, data) => cipherOf(materialOf(key), parameters).encrypt(data),
  decrypt: (parameters, key, data) => crypted(() => cipherOf(materialOf(key), parameters).decrypt(data)),
});

const CRYPT = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];

/** The algorithms by name. */
export function secretAlgorithms(unpack) {
  function gcm(key, { iv, additionalData, tagLength = 128 }) {
    if (tagLength !== 128) throw failure("NotSupportedError", "AES-GCM has a tag of 128 bits in the sandbox");
    const more = additionalData === undefined ? undefined : bytesOf(additionalData, "algorithm.additionalData");
    return unpack("ciphers").gcm(key, bytesOf(iv, "algorithm.iv"), more);
  }
  const cbc = (key, { iv }) => unpack("ciphers").cbc(key, checked(16, bytesOf(iv, "algorithm.iv"), "iv"));
  const ctr = (key, { counter }) => unpack("ciphers").ctr(key, checked(16, bytesOf(counter, "algorithm.counter"), "counter"));
  const wrap = (key) => unpack("ciphers").aeskw(key);

  // HKDF and PBKDF2: keys that are only used to derive others.
  const derivation = (name, derive) => ({
    usages: ["deriveKey", "deriveBits"],
    import(format, data, given, extractable, usages) {
      if (extractable) throw failure("SyntaxError", `${name} keys are not extractable`);
      const bytes = format === "raw" || format === "raw-secret" ? bytesOf(data, "keyData") : undefined;
      if (bytes === undefined) throw failure("NotSupportedError", `Unable to import ${name} key with format ${format}`);
      return makeKey("secret", { name }, false, usages, this.usages, bytes);
    },
    derive(parameters, key, length) {
      if (length === null || length % 8 !== 0) throw failure("OperationError", "length must be a multiple of 8");
      return length === 0 ? new Uint8Array(0) : crypted(() => derive(parameters, materialOf(key), length / 8));
    },
  });
  const hasher = (hash) => hasherOf(hashOf(hash).name);
  const hkdf = ({ hash, salt, info }, secret, length) =>
    unpack("derivation").hkdf(hasher(hash), secret, bytesOf(salt, "algorithm.salt"), bytesOf(info, "algorithm.info"), length);
  const pbkdf2 = ({ hash, salt, iterations }, secret, length) =>
    deriveByPbkdf2(unpack, hashOf(hash).name, secret, bytesOf(salt, "algorithm.salt"), iterations, length);

  const kw = aes("AES-KW", "KW", ["wrapKey", "unwrapKey"], wrap);
  return {
    HMAC: { ...HMAC, keyLength: ({ hash, length }) => length ?? blockBytes(hashOf(hash)) * 8 },
    "AES-GCM": aes("AES-GCM", "GCM", CRYPT, gcm),
    "AES-CBC": aes("AES-CBC", "CBC", CRYPT, cbc),
    "AES-CTR": aes("AES-CTR", "CTR", CRYPT, ctr),
    "AES-KW": { ...kw, wrap: kw.encrypt, unwrap: kw.decrypt, encrypt: undefined, decrypt: undefined },
    HKDF: { ...derivation("HKDF", hkdf), keyLength: () => null },
    PBKDF2: { ...derivation("PBKDF2", pbkdf2), keyLength: () => null },
  };
}
