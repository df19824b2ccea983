// createPublicKey and createPrivateKey: keys from PEM, DER, JWK and certificates.
const { bytesOf, coded, invalidType, isBytes } = require("./bytes.cjs");
const { fromCryptoKey, KeyObject, materialOf, PrivateKeyObject, PublicKeyObject } = require("./key-object.cjs");
const material = require("./material.cjs");
const { blocksOf, decrypted } = require("./pem.cjs");
const { keyOfCertificate } = require("./certificate.cjs");

const { reading, unsupported } = material;
const PRIVATE = {
  "PRIVATE KEY": material.fromPkcs8,
  "RSA PRIVATE KEY": (bytes) => material.fromPkcs1Private(bytes),
  "EC PRIVATE KEY": (bytes) => material.fromSec1(bytes),
};
const PUBLIC = {
  "PUBLIC KEY": material.fromSpki,
  "RSA PUBLIC KEY": (bytes) => material.fromPkcs1Public(bytes),
  CERTIFICATE: (bytes) => material.fromSpki(keyOfCertificate(bytes)),
};
const DER_PRIVATE = { pkcs8: PRIVATE["PRIVATE KEY"], pkcs1: PRIVATE["RSA PRIVATE KEY"], sec1: PRIVATE["EC PRIVATE KEY"] };
const DER_PUBLIC = { spki: PUBLIC["PUBLIC KEY"], pkcs1: PUBLIC["RSA PUBLIC KEY"] };

/** The options of a key given in any of Node's forms. */
function partsOf(input) {
  if (input instanceof KeyObject || input instanceof CryptoKey) return { key: input };
  if (typeof input === "string" || isBytes(input)) return { key: input, format: "pem" };
  if (typeof input !== "object" || input === null) throw invalidType("key", "of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey", input);
  return { format: "pem", ...input };
}

function privateFromPem(text, passphrase) {
  for (const { label, bytes } of blocksOf(text)) {
    if (label === "ENCRYPTED PRIVATE KEY") return material.fromPkcs8(decrypted(bytes, passphrase));
    if (Object.hasOwn(PRIVATE, label)) return PRIVATE[label](bytes);
  }
  throw unsupported();
}

function textOf(key, encoding) {
  if (typeof key === "string") return key;
  if (!isBytes(key)) throw invalidType("key.key", "of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView", key);
  return Buffer.from(bytesOf(key, encoding)).toString("latin1");
}

function readPrivate({ key, format, type, passphrase, encoding }) {
  if (format === "jwk") return material.fromJwk(key, true);
  if (format === "pem") return privateFromPem(textOf(key, encoding), passphrase);
  if (format !== "der") throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.format' is invalid. Received '${format}'`);
  if (!Object.hasOwn(DER_PRIVATE, type)) throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.type' is invalid. Received ${type === undefined ? "undefined" : `'${type}'`}`);
  const bytes = bytesOf(key, encoding);
  return DER_PRIVATE[type](type === "pkcs8" && passphrase !== undefined ? decrypted(bytes, passphrase) : bytes);
}

function readPublic(parts) {
  const { key, format, type, encoding } = parts;
  if (format === "jwk") return material.fromJwk(key, false);
  if (format === "pem") {
    const text = textOf(key, encoding);
    const block = blocksOf(text).find(({ label }) => Object.hasOwn(PUBLIC, label));
    return block === undefined ? material.publicOf(readPrivate(parts)) : PUBLIC[block.label](block.bytes);
  }
  if (type === "pkcs8" || type === "sec1") return material.publicOf(readPrivate(parts));
  if (!Object.hasOwn(DER_PUBLIC, type)) throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.type' is invalid. Received ${type === undefined ? "undefined" : `'${type}'`}`);
  return DER_PUBLIC[type](bytesOf(key, encoding));
}

const wrongType = (type, expected) => coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${type}, expected ${expected}.`);

function createPrivateKey(input) {
  const parts = partsOf(input);
  if (parts.key instanceof KeyObject || parts.key instanceof CryptoKey) throw invalidType("key", "of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView", parts.key);
  return new PrivateKeyObject(reading(() => readPrivate(parts)));
}

function createPublicKey(input) {
  const parts = partsOf(input);
  const given = parts.key instanceof CryptoKey ? fromCryptoKey(parts.key) : parts.key;
  if (!(given instanceof KeyObject)) return new PublicKeyObject(reading(() => readPublic(parts)));
  if (given.type !== "private") throw wrongType(given.type, "private");
  return new PublicKeyObject(material.publicOf(materialOf(given)));
}

/** The material of a private key in any form, for signing and decrypting. */
function privateMaterial(input) {
  const parts = partsOf(input);
  const given = parts.key instanceof CryptoKey ? fromCryptoKey(parts.key) : parts.key;
  if (!(given instanceof KeyObject)) return reading(() => readPrivate(parts));
  if (given.type !== "private") throw wrongType(given.type, "private");
  return materialOf(given);
}

/** The material of a public key in any form; a private one has its public part. */
function publicMaterial(input) {
  const parts = partsOf(input);
  const given = parts.key instanceof CryptoKey ? fromCryptoKey(parts.key) : parts.key;
  if (!(given instanceof KeyObject)) return reading(() => readPublic(parts));
  if (given.type === "secret") throw wrongType(given.type, "private or public");
  return materialOf(given);
}

module.exports = { createPrivateKey, createPublicKey, privateMaterial, publicMaterial };
