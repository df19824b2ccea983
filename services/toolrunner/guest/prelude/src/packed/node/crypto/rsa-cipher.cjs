// Encryption with RSA: PKCS #1 v1.5 and OAEP (RFC 8017).
const { digestOf, numbers, rsa } = require("sandbox");
const { bytesOf, opensslError, output, sameBytes } = require("./bytes.cjs");
const { privateMaterial, publicMaterial } = require("./keys.cjs");
const { isRsa } = require("./material.cjs");
const { fill } = require("./random.cjs");

const PADDING = { pkcs1: 1, none: 3, oaep: 4 };
const { powerOf, toBigInt, toBytes } = numbers;
const sizeOf = ({ n }) => Math.ceil(n.toString(2).length / 8);
const optionsOf = (key) => (typeof key === "object" && key !== null && "key" in key ? key : {});
const tooLarge = () => opensslError("error:0200006E:rsa routines::data too large for key size", "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE");
const failed = () => opensslError("error:02000079:rsa routines::oaep decoding error", "ERR_OSSL_RSA_OAEP_DECODING_ERROR");

function mask(hash, seed, length) {
  const parts = [];
  for (let i = 0; parts.length < length; i++) parts.push(...digestOf(hash).update(seed).update(new Uint8Array([i >>> 24, i >>> 16, i >>> 8, i])).digest());
  return parts.slice(0, length);
}
const xor = (one, two) => one.map((byte, i) => byte ^ two[i]);

function oaep(data, size, hash, label) {
  const labelHash = digestOf(hash).update(label).digest();
  const room = size - data.length - 2 * labelHash.length - 2;
  if (room < 0) throw tooLarge();
  const block = [...labelHash, ...new Array(room).fill(0), 1, ...data];
  const seed = fill(new Uint8Array(labelHash.length));
  const maskedBlock = new Uint8Array(xor(block, mask(hash, seed, block.length)));
  const maskedSeed = xor([...seed], mask(hash, maskedBlock, seed.length));
  return new Uint8Array([0, ...maskedSeed, ...maskedBlock]);
}

function unOaep(bytes, hash, label) {
  const labelHash = digestOf(hash).update(label).digest();
  const maskedSeed = [...bytes.subarray(1, 1 + labelHash.length)];
  const maskedBlock = bytes.subarray(1 + labelHash.length);
  const seed = new Uint8Array(xor(maskedSeed, mask(hash, maskedBlock, maskedSeed.length)));
  const block = xor([...maskedBlock], mask(hash, seed, maskedBlock.length));
  const at = block.indexOf(1, labelHash.length);
  const isClean = bytes[0] === 0 && sameBytes(block.slice(0, labelHash.length), labelHash) && at >= 0 && block.slice(labelHash.length, at).every((byte) => byte === 0);
  if (!isClean) throw failed();
  return new Uint8Array(block.slice(at + 1));
}

function pkcs1(data, size, type) {
  const count = size - data.length - 3;
  if (count < 8) throw tooLarge();
  const filler = type === 1 ? new Uint8Array(count).fill(0xff) : fill(new Uint8Array(count)).map((byte) => byte || 1);
  return new Uint8Array([0, type, ...filler, 0, ...data]);
}

function unPkcs1(bytes, type) {
  const at = bytes.indexOf(0, 2);
  if (bytes[0] !== 0 || bytes[1] !== type || at < 10) throw opensslError("error:02000071:rsa routines::padding check failed", "ERR_OSSL_RSA_PADDING_CHECK_FAILED");
  return bytes.slice(at + 1);
}

function checked(key) {
  if (isRsa(key)) return key;
  throw opensslError("error:03000096:digital envelope routines::operation not supported for this keytype", "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE");
}

function padding(data, size, options, type) {
  const chosen = options.padding ?? (type === 2 ? PADDING.oaep : PADDING.pkcs1);
  if (chosen === PADDING.oaep) return oaep(data, size, options.oaepHash ?? "sha1", bytesOf(options.oaepLabel ?? new Uint8Array(0)));
  if (chosen === PADDING.pkcs1) return pkcs1(data, size, type);
  if (data.length !== size) throw opensslError("error:0200007A:rsa routines::data too small for key size", "ERR_OSSL_RSA_DATA_TOO_SMALL_FOR_KEY_SIZE");
  return data;
}

function unpadding(bytes, options, type) {
  const chosen = options.padding ?? (type === 2 ? PADDING.oaep : PADDING.pkcs1);
  if (chosen === PADDING.oaep) return unOaep(bytes, options.oaepHash ?? "sha1", bytesOf(options.oaepLabel ?? new Uint8Array(0)));
  return chosen === PADDING.pkcs1 ? unPkcs1(bytes, type) : bytes;
}

function withPublic(key, number) {
  if (number >= key.n) throw tooLarge();
  return toBytes(powerOf(number, key.e, key.n), sizeOf(key));
}
const withPrivate = (key, number) => toBytes(rsa.decrypt(key, number), sizeOf(key));

function publicEncrypt(input, data) {
  const key = checked(publicMaterial(input));
  return output(withPublic(key, toBigInt(padding(bytesOf(data), sizeOf(key), optionsOf(input), 2))));
}

function privateDecrypt(input, data) {
  const key = checked(privateMaterial(input));
  return output(unpadding(withPrivate(key, toBigInt(bytesOf(data))), optionsOf(input), 2));
}

function privateEncrypt(input, data) {
  const key = checked(privateMaterial(input));
  return output(withPrivate(key, toBigInt(padding(bytesOf(data), sizeOf(key), optionsOf(input), 1))));
}

function publicDecrypt(input, data) {
  const key = checked(publicMaterial(input));
  return output(unpadding(withPublic(key, toBigInt(bytesOf(data))), optionsOf(input), 1));
}

module.exports = { privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt };
