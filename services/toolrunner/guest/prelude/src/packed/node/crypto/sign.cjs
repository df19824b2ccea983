// Signatures of node:crypto: RSA (PKCS #1, PSS), ECDSA, Ed25519.
const { der: asn, digestOf, isHash, numbers, rsa } = require("sandbox");
const { bytesOf, checkCallback, coded, later, opensslError, output } = require("./bytes.cjs");
const { privateMaterial, publicMaterial } = require("./keys.cjs");
const { lazyStream } = require("./lazy-stream.cjs");
const { CURVES, isRsa, nobleOf } = require("./material.cjs");
const { fill } = require("./random.cjs");

const PKCS1 = 1;
const PSS = 6;
const SALT = { digest: -1, max: -2, auto: -2 };
const HASHES = { sha1: "SHA-1", sha224: "SHA-224", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };
const NONE = Symbol("no hash of its own");

function hashOf(name) {
  if (name === undefined || name === null) return NONE;
  const plain = `${name}`.toLowerCase().replace(/^(?:rsa|ecdsa-with)-/, "").replace("-", "");
  if (Object.hasOwn(HASHES, plain)) return HASHES[plain];
  if (isHash(plain)) return plain;
  throw opensslError("Invalid digest: " + name, "ERR_CRYPTO_INVALID_DIGEST");
}

const optionsOf = (key) => (typeof key === "object" && key !== null && "key" in key ? key : {});

function saltLength(options, hash, key, isSigning) {
  const given = options.saltLength ?? -2;
  const size = digestOf(hash).outputLen;
  const most = Math.ceil((key.n.toString(2).length - 1) / 8) - size - 2;
  if (given === SALT.digest) return size;
  if (given >= 0) return given;
  return isSigning ? most : undefined;
}

// A signature of PSS does not say how long its salt is: every length is tried.
function verifyPss(key, hash, given, signature, data) {
  if (given !== undefined) return rsa.verifyPss(key, hash, given, signature, data);
  const most = Math.ceil((key.n.toString(2).length - 1) / 8) - digestOf(hash).outputLen - 2;
  for (const length of [digestOf(hash).outputLen, ...Array.from({ length: most + 1 }, (_, i) => most - i)]) {
    if (rsa.verifyPss(key, hash, length, signature, data)) return true;
  }
  return false;
}

function rsaPadding(key, options) {
  const padding = options.padding ?? (key.type === "rsa-pss" ? PSS : PKCS1);
  if (padding !== PKCS1 && padding !== PSS) throw opensslError("error:02000076:rsa routines::illegal or unsupported padding mode", "ERR_OSSL_RSA_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE");
  return padding;
}

function signRsa(key, hash, data, options) {
  const name = hash === NONE ? "SHA-256" : hash;
  const made = rsaPadding(key, options) === PKCS1 ? rsa.signPkcs1(key, name, data) : rsa.signPss(key, name, fill(new Uint8Array(saltLength(options, name, key, true))), data);
  if (made === null) throw opensslError("error:02000070:rsa routines::digest too big for rsa key", "ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY");
  return made;
}

function verifyRsa(key, hash, data, signature, options) {
  const name = hash === NONE ? "SHA-256" : hash;
  if (rsaPadding(key, options) === PKCS1) return rsa.verifyPkcs1(key, name, signature, data);
  return verifyPss(key, name, saltLength(options, name, key, false), signature, data);
}

const ecDigest = (hash, data) => digestOf(hash === NONE ? "SHA-256" : hash).update(data).digest();

function toDer(signature) {
  const half = signature.length / 2;
  return asn.sequence(asn.integer(signature.subarray(0, half)), asn.integer(signature.subarray(half)));
}

function fromDer(signature, size) {
  const [r, s] = asn.itemsOf(asn.only(signature, asn.SEQUENCE)).map(({ content }) => numbers.toBigInt(content));
  return new Uint8Array([...numbers.toBytes(r, size), ...numbers.toBytes(s, size)]);
}

function signEc(key, hash, data, { dsaEncoding = "der" }) {
  const signature = nobleOf(key).sign(ecDigest(hash, data), key.secret, { prehash: false, lowS: false, extraEntropy: fill(new Uint8Array(32)) });
  return dsaEncoding === "ieee-p1363" ? signature : toDer(signature);
}

function verifyEc(key, hash, data, signature, { dsaEncoding = "der" }) {
  try {
    const { size } = CURVES[key.curve];
    const plain = dsaEncoding === "ieee-p1363" ? signature : fromDer(signature, size);
    return plain.length === size * 2 && nobleOf(key).verify(plain, ecDigest(hash, data), key.point, { prehash: false, lowS: false });
  } catch {
    return false;
  }
}

const noSigning = () => opensslError("error:03000096:digital envelope routines::operation not supported for this keytype", "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE");

function signed(key, hash, data, options) {
  if (isRsa(key)) return signRsa(key, hash, data, options);
  if (key.type === "ec") return signEc(key, hash, data, options);
  if (key.type !== "ed25519") throw noSigning();
  if (hash !== NONE) throw opensslError("error:1C800096:Provider routines::invalid digest", "ERR_OSSL_INVALID_DIGEST");
  return nobleOf(key).sign(data, key.secret);
}

function verified(key, hash, data, signature, options) {
  if (isRsa(key)) return verifyRsa(key, hash, data, signature, options);
  if (key.type === "ec") return verifyEc(key, hash, data, signature, options);
  if (key.type !== "ed25519") throw noSigning();
  return signature.length === 64 && nobleOf(key).verify(signature, data, key.point, { zip215: false });
}

function sign(algorithm, data, key, callback) {
  const make = () => output(signed(privateMaterial(key), hashOf(algorithm), bytesOf(data), optionsOf(key)));
  return callback === undefined ? make() : later(callback, make);
}

function verify(algorithm, data, key, signature, callback) {
  const make = () => verified(publicMaterial(key), hashOf(algorithm), bytesOf(data), bytesOf(signature, undefined, "signature"), optionsOf(key));
  if (callback === undefined) return make();
  checkCallback(callback);
  return later(callback, make);
}

const Streaming = lazyStream("Writable");

class Collecting extends Streaming {
  #pieces = [];
  constructor(algorithm, options) {
    super(options);
    if (typeof algorithm !== "string") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", 'The "algorithm" argument must be of type string.');
    this.hash = hashOf(algorithm);
    Object.defineProperty(this, "hash", { enumerable: false });
  }
  update(data, encoding) {
    this.#pieces.push(Buffer.from(bytesOf(data, encoding)));
    return this;
  }
  _write(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }
  data() {
    return Buffer.concat(this.#pieces);
  }
}

class Sign extends Collecting {
  sign(key, encoding) {
    if (!key) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
    return output(signed(privateMaterial(key), this.hash, this.data(), optionsOf(key)), encoding);
  }
}

class Verify extends Collecting {
  verify(key, signature, encoding) {
    return verified(publicMaterial(key), this.hash, this.data(), bytesOf(signature, encoding, "signature"), optionsOf(key));
  }
}

const callable = (Class) => new Proxy(Class, { apply: (target, self, args) => new target(...args) });
module.exports = {
  Sign: callable(Sign),
  Verify: callable(Verify),
  createSign: (algorithm, options) => new Sign(algorithm, options),
  createVerify: (algorithm, options) => new Verify(algorithm, options),
  sign,
  verify,
};
