// Shared secrets: Diffie-Hellman over numbers and over curves.
const { numbers } = require("sandbox");
const { bytesOf, coded, later, opensslError, output } = require("./bytes.cjs");
const { GROUPS } = require("./groups.cjs");
const { privateMaterial, publicMaterial } = require("./keys.cjs");
const { CURVES, curveFor, nobleOf } = require("./material.cjs");
const { searchPrime } = require("./primes.cjs");
const { fill } = require("./random.cjs");

const { powerOf, toBigInt, toBytes } = numbers;
const encoded = (value, encoding) => (typeof value === "string" ? Buffer.from(value, encoding) : bytesOf(value));

class DiffieHellmanBase {
  #prime;
  #generator;
  #public;
  #private;
  constructor(prime, generator) {
    this.#prime = prime;
    this.#generator = generator;
    this.verifyError = 0;
  }
  get #size() {
    return Math.ceil(this.#prime.toString(2).length / 8);
  }
  generateKeys(encoding) {
    this.#private ??= (toBigInt(fill(new Uint8Array(this.#size))) % (this.#prime - 2n)) + 1n;
    this.#public = powerOf(this.#generator, this.#private, this.#prime);
    return this.getPublicKey(encoding);
  }
  computeSecret(other, inputEncoding, outputEncoding) {
    const number = toBigInt(encoded(other, inputEncoding));
    if (number <= 1n || number >= this.#prime - 1n) throw opensslError(`Supplied key is too ${number <= 1n ? "small" : "large"}`, "ERR_CRYPTO_INVALID_KEYLEN");
    return output(toBytes(powerOf(number, this.#private, this.#prime), this.#size), outputEncoding);
  }
  getPrime(encoding) {
    return output(toBytes(this.#prime), encoding);
  }
  getGenerator(encoding) {
    return output(toBytes(this.#generator), encoding);
  }
  getPublicKey(encoding) {
    if (this.#public === undefined) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No public key - did you forget to generate one?");
    return output(toBytes(this.#public), encoding);
  }
  getPrivateKey(encoding) {
    if (this.#private === undefined) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key - did you forget to generate one?");
    return output(toBytes(this.#private), encoding);
  }
  setPublicKey(key, encoding) {
    this.#public = toBigInt(encoded(key, encoding));
  }
  setPrivateKey(key, encoding) {
    this.#private = toBigInt(encoded(key, encoding));
  }
}

class DiffieHellman extends DiffieHellmanBase {
  constructor(prime, ...rest) {
    const encoding = typeof rest[0] === "string" && typeof prime === "string" ? rest.shift() : undefined;
    const generator = rest[0] ?? 2;
    const number = typeof prime === "number" ? searchPrime(prime, { safe: true }) : toBigInt(encoded(prime, encoding));
    super(number, typeof generator === "number" ? BigInt(generator) : toBigInt(encoded(generator, rest[1])));
  }
}

class DiffieHellmanGroup extends DiffieHellmanBase {
  constructor(name) {
    if (!Object.hasOwn(GROUPS, name)) throw coded(Error, "ERR_CRYPTO_UNKNOWN_DH_GROUP", "Unknown DH group");
    super(BigInt(`0x${GROUPS[name]}`), 2n);
  }
}
for (const name of ["setPublicKey", "setPrivateKey"]) Object.defineProperty(DiffieHellmanGroup.prototype, name, { value: undefined, configurable: true });

class ECDH {
  #kind;
  #secret;
  #point;
  constructor(curve) {
    this.#kind = { type: "ec", curve: curveFor(curve) };
  }
  static convertKey(key, curve, inputEncoding, outputEncoding, format = "uncompressed") {
    const point = nobleOf({ type: "ec", curve: curveFor(curve) }).Point.fromBytes(new Uint8Array(encoded(key, inputEncoding)));
    return output(point.toBytes(format === "compressed"), outputEncoding);
  }
  generateKeys(encoding, format) {
    const { size } = CURVES[this.#kind.curve];
    this.#keep(nobleOf(this.#kind).utils.randomSecretKey(fill(new Uint8Array(Math.ceil(size * 1.5)))));
    return this.getPublicKey(encoding, format);
  }
  #keep(secret) {
    this.#secret = secret;
    this.#point = nobleOf(this.#kind).getPublicKey(secret, false);
  }
  computeSecret(other, inputEncoding, outputEncoding) {
    let shared;
    try {
      shared = nobleOf(this.#kind).getSharedSecret(this.#secret, new Uint8Array(encoded(other, inputEncoding)), true);
    } catch {
      throw coded(Error, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "Public key is not valid for specified curve");
    }
    return output(shared.slice(1), outputEncoding);
  }
  getPublicKey(encoding, format = "uncompressed") {
    if (this.#point === undefined) throw coded(Error, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "Failed to get ECDH public key");
    return output(nobleOf(this.#kind).Point.fromBytes(this.#point).toBytes(format === "compressed"), encoding);
  }
  getPrivateKey(encoding) {
    if (this.#secret === undefined) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Failed to get ECDH private key");
    return output(this.#secret.slice(), encoding);
  }
  setPrivateKey(key, encoding) {
    const { size } = CURVES[this.#kind.curve];
    const bytes = encoded(key, encoding);
    const padded = new Uint8Array(size);
    try {
      padded.set(bytes, size - bytes.length);
      this.#keep(padded);
    } catch {
      throw coded(Error, "ERR_CRYPTO_INVALID_KEYTYPE", "Private key is not valid for specified curve.");
    }
  }
  setPublicKey(key, encoding) {
    this.#point = new Uint8Array(encoded(key, encoding));
  }
}

function diffieHellman({ privateKey, publicKey }, callback) {
  const make = () => {
    const [own, other] = [privateMaterial(privateKey), publicMaterial(publicKey)];
    if (own.type !== other.type || own.curve !== other.curve) throw coded(Error, "ERR_CRYPTO_INCOMPATIBLE_KEY", "Incompatible key type for Diffie-Hellman");
    const shared = nobleOf(own).getSharedSecret(own.secret, other.point, true);
    return output(own.type === "ec" ? shared.slice(1) : shared);
  };
  if (callback === undefined) return make();
  return later(callback, make);
}

const callable = (Class) => new Proxy(Class, { apply: (target, self, args) => new target(...args) });
const group = callable(DiffieHellmanGroup);
module.exports = {
  DiffieHellman: callable(DiffieHellman),
  DiffieHellmanGroup: group,
  ECDH: callable(ECDH),
  createDiffieHellman: (...args) => new DiffieHellman(...args),
  createDiffieHellmanGroup: (name) => new DiffieHellmanGroup(name),
  getDiffieHellman: (name) => new DiffieHellmanGroup(name),
  createECDH: (curve) => new ECDH(curve),
  getCurves: () => Object.keys(CURVES),
  diffieHellman,
};
