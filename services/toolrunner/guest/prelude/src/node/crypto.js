// node:crypto: random values, digests, HMAC and key derivation. For ciphers, keys and signatures,
// see crypto.subtle.
import { notAvailable } from "../core/errors.js";
import { digestOf, hasherOf, hashNames, hmacOf, isHash } from "../web/digests.js";

function bytesOf(data, encoding) {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

class Digest {
  #state;
  #isDone = false;
  constructor(state) {
    this.#state = state;
  }
  #check() {
    if (this.#isDone) throw Object.assign(new Error("Digest already called"), { code: "ERR_CRYPTO_HASH_FINALIZED" });
  }
  update(data, encoding) {
    this.#check();
    this.#state.update(bytesOf(data, encoding));
    return this;
  }
  digest(encoding) {
    this.#check();
    this.#isDone = true;
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

function answerError(callback, make) {
  let result;
  try {
    result = make();
  } catch (error) {
    queueMicrotask(() => callback(error));
    return;
  }
  queueMicrotask(() => callback(null, result));
}

// Keys derived from passwords and other keys, synchronously and with a callback.
function derivations(unpack) {
  const pbkdf2Sync = (password, salt, iterations, length, digest) => {
    checkHash(digest);
    const { pbkdf2 } = unpack("derivation");
    return Buffer.from(pbkdf2(hasherOf(digest), bytesOf(password), bytesOf(salt), { c: iterations, dkLen: length }));
  };
  const hkdfSync = (digest, key, salt, info, length) => {
    checkHash(digest);
    const { hkdf } = unpack("derivation");
    return hkdf(hasherOf(digest), bytesOf(key), bytesOf(salt), bytesOf(info), length).slice().buffer;
  };
  const scryptSync = (password, salt, length, options = {}) => {
    const { N = options.cost ?? 16_384, r = options.blockSize ?? 8, p = options.parallelization ?? 1, maxmem = 32 * 2 ** 20 } = options;
    const { scrypt } = unpack("derivation");
    return Buffer.from(scrypt(bytesOf(password), bytesOf(salt), { N, r, p, dkLen: length, maxmem: maxmem + 4096 }));
  };
  return {
    pbkdf2Sync,
    hkdfSync,
    scryptSync,
    pbkdf2: (...args) => answerError(args.at(-1), () => pbkdf2Sync(...args.slice(0, -1))),
    hkdf: (...args) => answerError(args.at(-1), () => hkdfSync(...args.slice(0, -1))),
    scrypt: (...args) => answerError(args.at(-1), () => scryptSync(...args.slice(0, -1))),
  };
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
  "generateKeyPair", "generateKeyPairSync", "privateDecrypt",
  "privateEncrypt", "publicDecrypt", "publicEncrypt", "sign", "verify",
];

function refusing(name) {
  return () => {
    throw notAvailable(`crypto.${name} of Node is not available in the sandbox`);
  };
}

/** Makes the module; `unpack(name)` returns packages. */
export const createNodeCrypto = (unpack) => ({
  ...derivations(unpack),
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
});
