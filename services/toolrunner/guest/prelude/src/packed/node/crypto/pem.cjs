// PEM, and private keys encrypted with a passphrase (PBES2 of PKCS #5, AES-CBC).
const { der: asn, pbkdf2, unpack } = require("sandbox");
const { fill } = require("./random.cjs");
const { bytesOf, coded, sameBytes } = require("./bytes.cjs");

const { contentAt, der, INTEGER, integer, itemsOf, NULL, objectId, OBJECT_ID, OCTETS, only, SEQUENCE, sequence } = asn;
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;
const PBES2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const HMAC = { 7: "sha1", 9: "sha256", 10: "sha384", 11: "sha512" };
const HMAC_ID = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
const AES_ID = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
const AES = { 2: 16, 22: 24, 42: 32 };
const ROUNDS = 2048;

/** The blocks of a text, as `{label, bytes}`. */
function blocksOf(text) {
  return Array.from(text.matchAll(BLOCK), ([, label, body]) => ({ label, bytes: new Uint8Array(Buffer.from(body.replace(/^[\w-]+:.*$/gm, ""), "base64")) }));
}

function toPem(label, bytes) {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

const number = (bytes) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const derived = (passphrase, salt, rounds, size, hash) => pbkdf2(hash, bytesOf(passphrase), salt, rounds, size);

/** The PKCS #8 inside of an encrypted one. */
function decrypted(bytes, passphrase) {
  if (passphrase === undefined) throw coded(Error, "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED", "error:07880109:common libcrypto routines::interrupted or cancelled: the key is encrypted, and there is no passphrase");
  const [algorithm, data] = itemsOf(only(bytes, SEQUENCE));
  const items = itemsOf(algorithm.content);
  if (!sameBytes(contentAt(items, 0, OBJECT_ID), PBES2)) throw coded(Error, "ERR_OSSL_UNSUPPORTED", "error:07880109:common libcrypto routines::unsupported cipher");
  const [derivation, cipher] = itemsOf(contentAt(items, 1, SEQUENCE)).map(({ content }) => itemsOf(content));
  const parameters = itemsOf(contentAt(derivation, 1, SEQUENCE));
  const hash = parameters.find(({ tag }) => tag === SEQUENCE);
  const name = hash === undefined ? "sha1" : HMAC[contentAt(itemsOf(hash.content), 0, OBJECT_ID).at(-1)];
  const size = AES[contentAt(cipher, 0, OBJECT_ID).at(-1)];
  const key = derived(passphrase, contentAt(parameters, 0, OCTETS), number(contentAt(parameters, 1, INTEGER)), size, name);
  try {
    return unpack("ciphers").cbc(key, contentAt(cipher, 1, OCTETS)).decrypt(data.content);
  } catch {
    throw Object.assign(new Error("error:1C800064:Provider routines::bad decrypt"), { code: "ERR_OSSL_BAD_DECRYPT", library: "Provider routines", reason: "bad decrypt" });
  }
}

function encrypted(bytes, passphrase, cipherName) {
  const size = { "aes-128-cbc": 16, "aes-192-cbc": 24, "aes-256-cbc": 32 }[`${cipherName}`.toLowerCase()];
  if (size === undefined) throw coded(Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
  const [salt, iv] = [fill(new Uint8Array(16)), fill(new Uint8Array(16))];
  const key = derived(passphrase, salt, ROUNDS, size, "sha256");
  const arc = Number(Object.keys(AES).find((each) => AES[each] === size));
  const id = (...parts) => objectId(new Uint8Array(parts));
  const hash = sequence(id(...HMAC_ID, 9), NULL);
  const derivation = sequence(id(...PBKDF2), sequence(der(OCTETS, salt), integer(new Uint8Array([ROUNDS >> 8, ROUNDS & 0xff])), hash));
  const algorithm = sequence(id(...PBES2), sequence(derivation, sequence(id(...AES_ID, arc), der(OCTETS, iv))));
  return sequence(algorithm, der(OCTETS, unpack("ciphers").cbc(key, iv).encrypt(bytes)));
}

module.exports = { blocksOf, decrypted, encrypted, toPem };
