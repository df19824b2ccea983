// Digests and HMAC of node:crypto, one piece after the other, at once, or as streams.
const { digestOf, hashNames, hmacOf, isHash, inert } = require("sandbox");
const { bytesOf, coded, invalidType, output } = require("./bytes.cjs");
const { keyBytes } = require("./key-object.cjs");
const { lazyStream } = require("./lazy-stream.cjs");

const Streaming = lazyStream("Transform");
const finalized = () => coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");

function checkHash(name, parameter = "algorithm") {
  if (typeof name !== "string") throw invalidType(parameter, "of type string", name);
  if (isHash(name)) return name;
  throw new Error(`Digest method not supported: ${name}; there are ${hashNames().join(", ")}`);
}

class Digesting extends Streaming {
  #state;
  #done = false;
  constructor(state, options) {
    super(options);
    this.#state = state;
  }
  update(data, encoding) {
    if (this.#done) throw finalized();
    this.#state.update(bytesOf(data, encoding));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw finalized();
    this.#done = true;
    return output(this.finish(this.#state.digest()), encoding);
  }
  finish(bytes) {
    return bytes;
  }
  get state() {
    if (this.#done) throw finalized();
    return this.#state;
  }
  _transform(chunk, encoding, done) {
    this.#state.update(bytesOf(chunk, encoding));
    done();
  }
  _flush(done) {
    this.push(this.digest());
    done();
  }
}

function lengthOf(bytes, options) {
  const { outputLength } = options ?? {};
  if (outputLength === undefined || outputLength === bytes.length) return bytes;
  throw coded(Error, "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH", "Unsupported state or unable to update: the digest has a fixed length");
}

class Hash extends Digesting {
  #name;
  #options;
  constructor(name, options, state) {
    super(state ?? digestOf(checkHash(name)), options);
    this.#name = name;
    this.#options = options;
  }
  finish(bytes) {
    return lengthOf(bytes, this.#options);
  }
  copy(options) {
    return new Hash(this.#name, options ?? this.#options, this.state.clone());
  }
}

class Hmac extends Digesting {
  constructor(name, key, options) {
    checkHash(name, "hmac");
    if (key === undefined || key === null) throw invalidType("key", "of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey", key);
    super(hmacOf(name, keyBytes(key, options?.encoding)), options);
  }
}

function hash(name, data, options = "hex") {
  const encoding = typeof options === "string" ? options : (options?.outputEncoding ?? "hex");
  return new Hash(name).update(data).digest(encoding);
}

const callable = (Class) => new Proxy(Class, { apply: (target, self, args) => new target(...args) });

module.exports = {
  checkHash,
  Hash: callable(Hash),
  Hmac: callable(Hmac),
  createHash: (name, options) => new Hash(name, options),
  createHmac: (name, key, options) => new Hmac(name, key, options),
  getHashes: hashNames,
  getFips: inert("getFips", () => 0),
  hash,
};
