// New keys: secrets, curves, RSA.
const { notAvailable } = require("sandbox");
const { checkCallback, checkInteger, coded, invalidType, later } = require("./bytes.cjs");
const { createSecretKey, PrivateKeyObject, PublicKeyObject } = require("./key-object.cjs");
const { CURVES, curveFor, EDWARDS, nobleOf, publicOf, withSecret } = require("./material.cjs");
const { searchPrime } = require("./primes.cjs");
const { fill } = require("./random.cjs");

const LACKING = ["dsa", "dh", "ed448", "x448", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87", "ml-kem-512", "ml-kem-768", "ml-kem-1024"];

function inverse(value, modulus) {
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function rsaKey(type, { modulusLength, publicExponent = 65_537 }) {
  checkInteger(modulusLength, "options.modulusLength", 512, 16_384);
  const e = BigInt(publicExponent);
  const fits = (prime) => (prime - 1n) % e !== 0n;
  const p = searchPrime(Math.ceil(modulusLength / 2), { fits });
  let q;
  do q = searchPrime(Math.floor(modulusLength / 2), { fits });
  while (q === p);
  const d = inverse(e, (p - 1n) * (q - 1n));
  return { type, n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
}

function privateKey(type, options) {
  if (type === "rsa" || type === "rsa-pss") return rsaKey(type, options);
  if (type === "ec") {
    const kind = { type, curve: curveFor(options.namedCurve) };
    return withSecret(kind, nobleOf(kind).utils.randomSecretKey(fill(new Uint8Array(seedSize(CURVES[kind.curve].size)))));
  }
  if (Object.hasOwn(EDWARDS, type)) return withSecret({ type }, fill(new Uint8Array(32)));
  if (LACKING.includes(type)) throw notAvailable(`crypto.generateKeyPair of Node makes no ${type} keys in the sandbox; it makes rsa, rsa-pss, ec, ed25519 and x25519`);
  throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'type' must be a supported key type. Received '${type}'`);
}

// A half more than the secret's own bytes, so that none is likelier than another.
const seedSize = (size) => Math.ceil(size * 1.5);

function generateKeyPairSync(type, options = {}) {
  if (typeof type !== "string") throw invalidType("type", "of type string", type);
  const key = privateKey(type, options ?? {});
  const { publicKeyEncoding, privateKeyEncoding } = options ?? {};
  const [open, secret] = [new PublicKeyObject(publicOf(key)), new PrivateKeyObject(key)];
  return {
    publicKey: publicKeyEncoding === undefined ? open : open.export(publicKeyEncoding),
    privateKey: privateKeyEncoding === undefined ? secret : secret.export(privateKeyEncoding),
  };
}

function generateKeyPair(type, options, callback = options) {
  checkCallback(callback);
  later(callback, () => {
    const { publicKey, privateKey: secret } = generateKeyPairSync(type, typeof options === "function" ? {} : options);
    return [publicKey, secret];
  });
}
Object.defineProperty(generateKeyPair, Symbol.for("nodejs.util.promisify.customArgs"), { value: ["publicKey", "privateKey"] });

function generateKeySync(type, { length } = {}) {
  if (type !== "hmac" && type !== "aes") throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'type' must be a supported key type. Received '${type}'`);
  if (type === "aes" && ![128, 192, 256].includes(length)) throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The property 'options.length' must be one of: 128, 192, 256. Received ${length}`);
  checkInteger(length, "options.length", 8, 2 ** 31 - 1);
  return createSecretKey(fill(Buffer.alloc(Math.floor(length / 8))));
}

module.exports = {
  generateKey: (type, options, callback) => later(callback, () => [generateKeySync(type, options)]),
  generateKeySync,
  generateKeyPair,
  generateKeyPairSync,
};
