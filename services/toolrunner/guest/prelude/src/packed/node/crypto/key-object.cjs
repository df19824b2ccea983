// KeyObject: secrets, and the public and private keys of RSA and curves.
const { cryptoKeys, notAvailable, numbers } = require("sandbox");
const { bytesOf, coded, invalidType, isBytes, sameBytes } = require("./bytes.cjs");
const material = require("./material.cjs");
const { encrypted, toPem } = require("./pem.cjs");

const MAKE = Symbol("construct");
let materialOf;

class KeyObject {
  #type;
  #material;
  constructor(make, type, own) {
    if (make !== MAKE) throw coded(TypeError, "ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor");
    this.#type = type;
    this.#material = own;
  }
  static {
    materialOf = (key) => key.#material;
  }
  static from(key) {
    if (!(key instanceof CryptoKey)) throw invalidType("key", "an instance of CryptoKey", key);
    return fromCryptoKey(key);
  }
  get type() {
    return this.#type;
  }
  equals(other) {
    if (!(other instanceof KeyObject)) throw invalidType("otherKeyObject", "an instance of KeyObject", other);
    if (this.type !== other.type) return false;
    if (this.type === "secret") return sameBytes(this.#material, other.#material);
    const write = this.type === "public" ? material.toSpki : material.toPkcs8;
    return sameBytes(write(this.#material), write(other.#material));
  }
  toCryptoKey() {
    throw notAvailable("KeyObject.toCryptoKey of Node is not available in the sandbox: export the key, and import it with crypto.subtle.importKey");
  }
  get [Symbol.toStringTag]() {
    return "KeyObject";
  }
}

class SecretKeyObject extends KeyObject {
  constructor(bytes) {
    super(MAKE, "secret", new Uint8Array(bytes));
  }
  get symmetricKeySize() {
    return materialOf(this).length;
  }
  export({ format = "buffer" } = {}) {
    if (format === "jwk") return { kty: "oct", k: numbers.toBase64Url(materialOf(this)) };
    return Buffer.from(materialOf(this));
  }
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyType() {
    return materialOf(this).type;
  }
  get asymmetricKeyDetails() {
    const key = materialOf(this);
    if (key.type === "ec") return { namedCurve: key.curve };
    if (!material.isRsa(key)) return {};
    return { modulusLength: key.n.toString(2).length, publicExponent: key.e };
  }
}

function asFormat(bytes, label, { format }) {
  if (format === "der") return Buffer.from(bytes);
  if (format === "pem") return toPem(label, bytes);
  throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.format' is invalid. Received ${format === undefined ? "undefined" : `'${format}'`}`);
}

const badType = (type) => coded(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.type' is invalid. Received ${type === undefined ? "undefined" : `'${type}'`}`);
const incompatible = (type) => coded(Error, "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", `The selected key encoding ${type} can only be used for ${type === "sec1" ? "EC" : "RSA"} keys.`);

class PublicKeyObject extends AsymmetricKeyObject {
  constructor(key) {
    super(MAKE, "public", key);
  }
  export(options = {}) {
    const key = materialOf(this);
    if (options.format === "jwk") return material.toJwk(key, false);
    if (options.type === "spki") return asFormat(material.toSpki(key), "PUBLIC KEY", options);
    if (options.type !== "pkcs1") throw badType(options.type);
    if (key.type !== "rsa") throw incompatible("pkcs1");
    return asFormat(material.toPkcs1Public(key), "RSA PUBLIC KEY", options);
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  constructor(key) {
    super(MAKE, "private", key);
  }
  export(options = {}) {
    const key = materialOf(this);
    const { format, type, cipher, passphrase } = options;
    if (format === "jwk") return material.toJwk(key, true);
    if (type === "pkcs8") {
      const plain = material.toPkcs8(key);
      if (cipher === undefined) return asFormat(plain, "PRIVATE KEY", options);
      return asFormat(encrypted(plain, passphrase, cipher), "ENCRYPTED PRIVATE KEY", options);
    }
    if (type !== "pkcs1" && type !== "sec1") throw badType(type);
    if ((type === "pkcs1") !== (key.type === "rsa") || (type === "sec1") !== (key.type === "ec")) throw incompatible(type);
    return type === "pkcs1" ? asFormat(material.toPkcs1Private(key), "RSA PRIVATE KEY", options) : asFormat(material.toSec1(key), "EC PRIVATE KEY", options);
  }
}

function fromCryptoKey(key) {
  const own = cryptoKeys.materialOf(key);
  if (key.type === "secret") return new SecretKeyObject(own);
  const names = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };
  const kind = own.n !== undefined ? { type: "rsa", ...own } : names[own.curve] ? { type: "ec", curve: names[own.curve], point: own.point, secret: own.secret } : { type: own.curve.toLowerCase(), point: own.point, secret: own.secret };
  return key.type === "public" ? new PublicKeyObject(kind) : new PrivateKeyObject(kind);
}

/** The bytes of a symmetric key given in any form. */
function keyBytes(key, encoding) {
  if (key instanceof CryptoKey) return keyBytes(fromCryptoKey(key));
  if (!(key instanceof KeyObject)) return bytesOf(key, encoding, "key");
  if (key.type === "secret") return materialOf(key);
  throw coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected secret.`);
}

function createSecretKey(key, encoding) {
  if (typeof key !== "string" && !isBytes(key)) throw invalidType("key", "of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView", key);
  return new SecretKeyObject(bytesOf(key, encoding));
}

module.exports = { createSecretKey, fromCryptoKey, KeyObject, keyBytes, materialOf: (key) => materialOf(key), PrivateKeyObject, PublicKeyObject, SecretKeyObject };
