// node:crypto: random values, digests and HMAC. Ciphers, keys and signatures are not there.
import { notAvailable } from "../core/errors.js";
import { digestOf, hmacOf, hashNames, isHash } from "../web/digests.js";

function bytesOf(data, encoding) {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

class Digest {
  #state;
  constructor(state) {
    this.#state = state;
  }
  update(data, encoding) {
    this.#state.update(bytesOf(data, encoding));
    return this;
  }
  digest(encoding) {
    const result = Buffer.from(this.#state.digest());
    return encoding === undefined || encoding === "buffer" ? result : result.toString(encoding);
  }
  copy() {
    return new Digest(this.#state.clone());
  }
}

function checkHash(name) {
  if (isHash(name)) return;
  const error = new Error(`Digest method not supported: ${name}; there are ${hashNames().join(", ")}`);
  error.code = "ERR_CRYPTO_INVALID_DIGEST";
  throw error;
}

function createHash(name) {
  checkHash(name);
  return new Digest(digestOf(name));
}

function createHmac(name, key) {
  checkHash(name);
  return new Digest(hmacOf(name, bytesOf(key)));
}

function timingSafeEqual(left, right) {
  const a = bytesOf(left);
  const b = bytesOf(right);
  if (a.length !== b.length) throw new RangeError("Input buffers must have the same byte length");
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

function answer(callback, make) {
  if (typeof callback !== "function") return make();
  queueMicrotask(() => callback(null, make()));
  return undefined;
}

function random32() {
  return crypto.getRandomValues(new Uint32Array(2));
}

function randomInt(from, to, callback) {
  const [low, high] = to === undefined || typeof to === "function" ? [0, from] : [from, to];
  const make = () => {
    const [upper, lower] = random32();
    return low + Math.floor((((upper & 0x1fffff) * 2 ** 32 + lower) / 2 ** 53) * (high - low));
  };
  return answer(typeof to === "function" ? to : callback, make);
}

function fill(view) {
  const bytes = bytesOf(view);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return view;
}

const REFUSED = [
  "createCipheriv", "createDecipheriv", "createSign", "createVerify", "createDiffieHellman", "createECDH",
  "createPrivateKey", "createPublicKey", "createSecretKey", "diffieHellman", "generateKey",
  "generateKeyPair", "generateKeyPairSync", "hkdf", "hkdfSync", "pbkdf2", "pbkdf2Sync", "privateDecrypt",
  "privateEncrypt", "publicDecrypt", "publicEncrypt", "scrypt", "scryptSync", "sign", "verify",
];

function refusing(name) {
  return () => {
    throw notAvailable(`crypto.${name} of Node is not available in the sandbox`);
  };
}

export default {
  ...Object.fromEntries(REFUSED.map((name) => [name, refusing(name)])),
  createHash,
  createHmac,
  timingSafeEqual,
  randomInt,
  getHashes: hashNames,
  randomUUID: () => crypto.randomUUID(),
  randomBytes: (size, callback) => answer(callback, () => fill(Buffer.alloc(size))),
  randomFillSync: fill,
  getRandomValues: (view) => crypto.getRandomValues(view),
  hash: (name, data, encoding = "hex") => createHash(name).update(data).digest(encoding),
  get webcrypto() {
    return crypto;
  },
  get subtle() {
    return crypto.subtle;
  },
};
