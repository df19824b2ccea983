// createCipheriv and createDecipheriv: AES in its modes and ChaCha20, piece by piece.
const { facts, unpack } = require("sandbox");
const { bytesOf, coded, invalidType, opensslError, output, sameBytes } = require("./bytes.cjs");
const { keyBytes } = require("./key-object.cjs");
const { lazyStream } = require("./lazy-stream.cjs");
const { StringDecoder } = require("string_decoder");

const BLOCK = 16;
const MODES = { cbc: { iv: 16, block: true }, ecb: { iv: 0, block: true }, ctr: { iv: 16 }, gcm: { aead: true, ivLength: 12 } };
const CHACHA = { "chacha20-poly1305": { mode: "chacha", key: 32, iv: 12, aead: true, nid: 1018 }, chacha20: { mode: "chacha20", key: 32, iv: 16, nid: 1019 } };
const NIDS = { "aes-128-cbc": 419, "aes-192-cbc": 423, "aes-256-cbc": 427, "aes-128-ecb": 418, "aes-192-ecb": 422, "aes-256-ecb": 426, "aes-128-ctr": 904, "aes-192-ctr": 905, "aes-256-ctr": 906, "aes-128-gcm": 895, "aes-192-gcm": 898, "aes-256-gcm": 901 };
const ALIASES = { aes128: "aes-128-cbc", aes192: "aes-192-cbc", aes256: "aes-256-cbc", "id-aes128-gcm": "aes-128-gcm", "id-aes192-gcm": "aes-192-gcm", "id-aes256-gcm": "aes-256-gcm" };

function describe(name) {
  const lower = `${name}`.toLowerCase();
  const plain = ALIASES[lower] ?? lower;
  if (Object.hasOwn(CHACHA, plain)) return { name: plain, ...CHACHA[plain] };
  const [, bits, mode] = /^aes-(128|192|256)-(cbc|ecb|ctr|gcm)$/.exec(plain) ?? [];
  return mode === undefined ? undefined : { name: plain, mode, key: Number(bits) / 8, ...MODES[mode], nid: NIDS[plain] };
}

const names = () => [...Object.keys(NIDS), ...Object.keys(CHACHA), ...Object.keys(ALIASES)].sort();

function getCipherInfo(nameOrNid, { keyLength, ivLength } = {}) {
  const name = typeof nameOrNid === "number" ? names().find((each) => describe(each).nid === nameOrNid) : nameOrNid;
  const cipher = describe(name);
  if (cipher === undefined || (keyLength !== undefined && keyLength !== cipher.key)) return undefined;
  const iv = ivLength ?? cipher.iv ?? cipher.ivLength;
  if (ivLength !== undefined && cipher.iv !== undefined && ivLength !== cipher.iv) return undefined;
  const mode = cipher.mode === "chacha" || cipher.mode === "chacha20" ? "stream" : cipher.mode;
  return { mode, name: cipher.name === "aes-128-gcm" || cipher.mode === "gcm" ? `id-aes${cipher.key * 8}-GCM` : cipher.name, nid: cipher.nid, ...(cipher.block ? { blockSize: BLOCK } : mode === "stream" ? {} : {}), ...(iv ? { ivLength: iv } : {}), keyLength: cipher.key };
}

const badDecrypt = () => opensslError("error:1C800064:Provider routines::bad decrypt", "ERR_OSSL_BAD_DECRYPT", { library: "Provider routines", reason: "bad decrypt" });
const wrongLength = () => opensslError("error:1C80006B:Provider routines::wrong final block length", "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH", { library: "Provider routines", reason: "wrong final block length" });
const unauthentic = () => new Error("Unsupported state or unable to authenticate data");

// Whole blocks go through as they come; the last one waits for the padding.
function blocks({ mode, key, iv, isEncrypting }) {
  const ciphers = unpack("ciphers");
  let vector = iv;
  let rest = new Uint8Array(0);
  let isPadding = true;
  function run(bytes) {
    if (bytes.length === 0) return bytes;
    const cipher = mode === "ecb" ? ciphers.ecb(key, { disablePadding: true }) : ciphers.cbc(key, vector, { disablePadding: true });
    const result = isEncrypting ? cipher.encrypt(bytes) : cipher.decrypt(bytes);
    vector = (isEncrypting ? result : bytes).slice(-BLOCK);
    return result;
  }
  function update(bytes) {
    const all = Buffer.concat([rest, bytes]);
    // A decryption keeps one whole block back, which may be the padding.
    const keep = !isEncrypting && isPadding && all.length > 0 ? all.length % BLOCK || BLOCK : all.length % BLOCK;
    rest = new Uint8Array(all.subarray(all.length - keep));
    return run(new Uint8Array(all.subarray(0, all.length - keep)));
  }
  function padded() {
    const fill = BLOCK - rest.length;
    return run(new Uint8Array([...rest, ...new Array(fill).fill(fill)]));
  }
  function unpadded() {
    if (rest.length !== BLOCK) throw wrongLength();
    const plain = run(rest);
    const count = plain.at(-1);
    if (count < 1 || count > BLOCK || plain.slice(-count).some((byte) => byte !== count)) throw badDecrypt();
    return plain.slice(0, BLOCK - count);
  }
  function final() {
    if (isPadding) return isEncrypting ? padded() : unpadded();
    if (rest.length > 0) throw wrongLength();
    return rest;
  }
  return { update, final, setAutoPadding: (flag) => void (isPadding = flag) };
}

// A keystream: what was drawn of its last block is used first.
function keystream(draw) {
  let drawn = new Uint8Array(0);
  let used = 0;
  return (bytes) => {
    const result = new Uint8Array(bytes.length);
    for (let at = 0; at < bytes.length; ) {
      if (used === drawn.length) {
        drawn = draw(Math.ceil((bytes.length - at) / 64) * 64);
        used = 0;
      }
      const count = Math.min(drawn.length - used, bytes.length - at);
      for (let i = 0; i < count; i++) result[at + i] = bytes[at + i] ^ drawn[used + i];
      at += count;
      used += count;
    }
    return result;
  };
}

function counterStream(key, iv) {
  const counter = new Uint8Array(iv);
  return keystream((length) => {
    const result = unpack("ciphers").ctr(key, counter).encrypt(new Uint8Array(length));
    let carry = length / BLOCK;
    for (let i = BLOCK - 1; i >= 0 && carry > 0; i--) {
      carry += counter[i];
      counter[i] = carry & 0xff;
      carry >>>= 8;
    }
    return result;
  });
}

function chachaStream(key, nonce, start) {
  let counter = start;
  return keystream((length) => {
    const result = unpack("ciphers").chacha20(key, nonce, new Uint8Array(length), undefined, counter);
    counter += length / 64;
    return result;
  });
}

// GCM's stream of a nonce of any length is what it makes of zeros.
function gcmStream(key, iv) {
  if (iv.length === 12) return counterStream(key, new Uint8Array([...iv, 0, 0, 0, 2]));
  let have = 0;
  return keystream((length) => {
    have += length;
    return unpack("ciphers").gcm(key, iv).encrypt(new Uint8Array(have)).slice(have - length, have);
  });
}

// The plain text is kept until the end, when the tag is made of it.
function authenticated({ mode, key, iv, isEncrypting, tagLength }) {
  const flow = mode === "gcm" ? gcmStream(key, iv) : chachaStream(key, iv, 1);
  const plain = [];
  const known = [];
  let tag;
  const make = () => {
    const { gcm, chacha20poly1305 } = unpack("ciphers");
    const cipher = (mode === "gcm" ? gcm : chacha20poly1305)(key, iv, Buffer.concat(known));
    return cipher.encrypt(Buffer.concat(plain)).slice(-BLOCK);
  };
  return {
    update(bytes) {
      const result = flow(bytes);
      plain.push(Buffer.from(isEncrypting ? bytes : result));
      return result;
    },
    final() {
      const made = make();
      if (isEncrypting) tag = made.slice(0, tagLength ?? BLOCK);
      else if (tag === undefined || !sameBytes(made.slice(0, tag.length), tag)) throw unauthentic();
      return new Uint8Array(0);
    },
    setAAD: (bytes) => void known.push(Buffer.from(bytes)),
    setTag: (bytes) => void (tag = new Uint8Array(bytes)),
    getTag: () => tag,
  };
}

function workOf(setup) {
  if (setup.block) return blocks(setup);
  if (setup.aead) return authenticated(setup);
  const flow = setup.mode === "ctr" ? counterStream(setup.key, setup.iv) : chachaStream(setup.key, setup.iv.slice(4), new DataView(setup.iv.buffer, setup.iv.byteOffset).getUint32(0, true));
  return { update: flow, final: () => new Uint8Array(0) };
}

function setupOf(name, givenKey, givenIv, options, isEncrypting) {
  if (typeof name !== "string") throw invalidType("cipher", "of type string", name);
  const cipher = describe(name);
  if (cipher === undefined) {
    const known = facts().ciphers.includes(name.toLowerCase());
    throw coded(known ? Error : RangeError, "ERR_CRYPTO_UNKNOWN_CIPHER", known ? `Unknown cipher: ${name} is not available in the sandbox; there are ${names().join(", ")}` : "Unknown cipher");
  }
  const key = new Uint8Array(keyBytes(givenKey));
  const iv = givenIv === null ? new Uint8Array(0) : new Uint8Array(bytesOf(givenIv, undefined, "iv"));
  if (key.length !== cipher.key) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  const fits = cipher.iv === undefined ? iv.length > 0 : iv.length === cipher.iv;
  if (!fits) throw coded(TypeError, "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector");
  return { ...cipher, key, iv, isEncrypting, tagLength: options?.authTagLength };
}

const Streaming = lazyStream("Transform");

class Ciphering extends Streaming {
  #work;
  #decoder; // of the text that it gives, whose characters may be in two parts
  #encoding;
  #setup;
  #isDone = false;
  constructor(setup, options) {
    super(options);
    this.#setup = setup;
    this.#work = workOf(setup);
  }
  update(data, inputEncoding, outputEncoding) {
    if (this.#isDone) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation update");
    return this.#given(this.#work.update(new Uint8Array(bytesOf(data, inputEncoding))), outputEncoding, "write");
  }
  final(outputEncoding) {
    if (this.#isDone) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation final");
    this.#isDone = true;
    return this.#given(this.#work.final(), outputEncoding, "end");
  }
  #given(bytes, encoding, method) {
    if (encoding === undefined || encoding === null || encoding === "buffer") return output(bytes);
    this.#decoder ??= new StringDecoder((this.#encoding = encoding));
    const known = this.#encoding.toLowerCase().replace("-", "");
    if (known !== `${encoding}`.toLowerCase().replace("-", "")) throw coded(Error, "ERR_INTERNAL_ASSERTION", "Cannot change encoding");
    return this.#decoder[method](output(bytes));
  }
  setAutoPadding(flag = true) {
    if (this.#isDone) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAutoPadding");
    this.#work.setAutoPadding?.(flag);
    return this;
  }
  setAAD(bytes) {
    if (!this.#setup.aead || this.#isDone) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAAD");
    this.#work.setAAD(bytesOf(bytes));
    return this;
  }
  getAuthTag() {
    if (!this.#setup.aead || !this.#isDone || !this.#setup.isEncrypting) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag");
    return Buffer.from(this.#work.getTag());
  }
  setAuthTag(tag, encoding) {
    if (!this.#setup.aead || this.#isDone) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAuthTag");
    const bytes = bytesOf(tag, encoding, "buffer");
    const { tagLength } = this.#setup;
    if (bytes.length > BLOCK || bytes.length < 4 || (tagLength !== undefined && bytes.length !== tagLength)) throw coded(TypeError, "ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${bytes.length}`);
    this.#work.setTag(bytes);
    return this;
  }
  _transform(chunk, encoding, done) {
    this.push(this.update(chunk, encoding));
    done();
  }
  _flush(done) {
    try {
      this.push(this.final());
      done();
    } catch (error) {
      done(error);
    }
  }
}

class Cipheriv extends Ciphering {
  constructor(name, key, iv, options) {
    super(setupOf(name, key, iv, options, true), options);
  }
}
Object.defineProperty(Cipheriv.prototype, "setAuthTag", { value: undefined, configurable: true });

class Decipheriv extends Ciphering {
  constructor(name, key, iv, options) {
    super(setupOf(name, key, iv, options, false), options);
  }
}
Object.defineProperty(Decipheriv.prototype, "getAuthTag", { value: undefined, configurable: true });

const callable = (Class) => new Proxy(Class, { apply: (target, self, args) => new target(...args) });
module.exports = {
  Cipheriv: callable(Cipheriv),
  Decipheriv: callable(Decipheriv),
  createCipheriv: (name, key, iv, options) => new Cipheriv(name, key, iv, options),
  createDecipheriv: (name, key, iv, options) => new Decipheriv(name, key, iv, options),
  getCiphers: names,
  getCipherInfo,
};
