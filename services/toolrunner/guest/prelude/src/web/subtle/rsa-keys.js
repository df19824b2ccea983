// RSASSA-PKCS1-v1_5 and RSA-PSS: keys in all their formats, signatures. Keys are not generated:
// searching for primes would take seconds here.
import { bits, bitsAt, contentAt, der, INTEGER, integer, itemsOf, NULL, objectId, OBJECT_ID, OCTETS, only, SEQUENCE, sequence } from "./der.js";
import { checkJwk, failure, hashOf, jwkHead, makeKey, materialOf } from "./key.js";
import { fromBase64Url, toBase64Url, toBigInt, toBytes } from "./numbers.js";
import { bitLength, signPkcs1, signPss, verifyPkcs1, verifyPss } from "./rsa.js";

const RSA_ID = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
const PRIVATE = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
const HASH_BITS = { "SHA-1": "1", "SHA-256": "256", "SHA-384": "384", "SHA-512": "512" };
const MAX_BITS = 16_384;
const algorithmId = () => sequence(objectId(RSA_ID), NULL);
const number = (value) => integer(toBytes(value));

function checkId(item) {
  const id = contentAt(itemsOf(item), 0, OBJECT_ID);
  if (id.length !== RSA_ID.length || id.some((byte, i) => byte !== RSA_ID[i])) throw failure("DataError", "Invalid key type");
}

function fromSpki(bytes) {
  const items = itemsOf(only(bytes, SEQUENCE));
  checkId(contentAt(items, 0, SEQUENCE));
  const numbers = itemsOf(only(bitsAt(items, 1), SEQUENCE));
  return { n: toBigInt(contentAt(numbers, 0, INTEGER)), e: toBigInt(contentAt(numbers, 1, INTEGER)) };
}

function fromPkcs8(bytes) {
  const items = itemsOf(only(bytes, SEQUENCE));
  checkId(contentAt(items, 1, SEQUENCE));
  const numbers = itemsOf(only(contentAt(items, 2, OCTETS), SEQUENCE));
  return Object.fromEntries(PRIVATE.map((name, i) => [name, toBigInt(contentAt(numbers, i + 1, INTEGER))]));
}

function fromJwk(jwk) {
  const names = jwk.d === undefined ? ["n", "e"] : PRIVATE;
  return Object.fromEntries(names.map((name) => [name, toBigInt(fromBase64Url(jwk[name], name))]));
}

const toSpki = (key) => sequence(algorithmId(), bits(sequence(number(key.n), number(key.e))));
const toPkcs8 = (key) =>
  sequence(integer(new Uint8Array(1)), algorithmId(), der(OCTETS, sequence(integer(new Uint8Array(1)), ...PRIVATE.map((name) => number(key[name])))));

function exportKey(format, key, alg) {
  const material = materialOf(key);
  if (format === "spki" && key.type === "public") return toSpki(material).buffer;
  if (format === "pkcs8" && key.type === "private") return toPkcs8(material).buffer;
  if (format === "jwk") {
    const names = key.type === "public" ? ["n", "e"] : PRIVATE;
    const members = names.map((name) => [name, toBase64Url(toBytes(material[name]))]);
    return { kty: "RSA", ...Object.fromEntries(members), alg, ...jwkHead(key) };
  }
  throw failure("NotSupportedError", `Unable to export ${key.algorithm.name} ${key.type} key using ${format} format`);
}

const READERS = { spki: fromSpki, pkcs8: fromPkcs8, jwk: fromJwk };

const signing = (name, algPrefix, sign, verify) => ({
  usages: ["sign", "verify"],
  generate() {
    throw failure("NotSupportedError", `the sandbox makes no ${name} keys: import one`);
  },
  import(format, data, { hash }, extractable, usages) {
    if (!Object.hasOwn(READERS, format)) throw failure("NotSupportedError", `Unable to import ${name} key with format ${format}`);
    const of = hashOf(hash);
    if (format === "jwk") checkJwk(data, "RSA", { name }, extractable, usages, `${algPrefix}${HASH_BITS[of.name]}`);
    const key = READERS[format](data);
    const modulusLength = bitLength(key.n);
    if (modulusLength > MAX_BITS || key.e < 3n || key.n % 2n === 0n) throw failure("DataError", "Invalid key");
    const algorithm = { name, modulusLength, publicExponent: toBytes(key.e), hash: of };
    const isPrivate = key.d !== undefined;
    return makeKey(isPrivate ? "private" : "public", algorithm, extractable, usages, isPrivate ? ["sign"] : ["verify"], key);
  },
  export: (format, key) => exportKey(format, key, `${algPrefix}${HASH_BITS[key.algorithm.hash.name]}`),
  sign(parameters, key, data) {
    const signature = sign(materialOf(key), key.algorithm.hash.name, parameters, data);
    if (signature === null) throw failure("OperationError", "The key is too small for this hash");
    return signature;
  },
  verify: (parameters, key, signature, data) => verify(materialOf(key), key.algorithm.hash.name, parameters, signature, data),
});

function saltOf({ saltLength }) {
  if (!Number.isInteger(saltLength) || saltLength < 0) throw new TypeError("algorithm.saltLength must be a length in bytes");
  return saltLength;
}

export const rsaAlgorithms = {
  "RSASSA-PKCS1-v1_5": signing(
    "RSASSA-PKCS1-v1_5", "RS",
    (key, hash, parameters, data) => signPkcs1(key, hash, data),
    (key, hash, parameters, signature, data) => verifyPkcs1(key, hash, signature, data),
  ),
  "RSA-PSS": signing(
    "RSA-PSS", "PS",
    (key, hash, parameters, data) => signPss(key, hash, crypto.getRandomValues(new Uint8Array(saltOf(parameters))), data),
    (key, hash, parameters, signature, data) => verifyPss(key, hash, saltOf(parameters), signature, data),
  ),
};
