// node:crypto. Secrets, digests and keys of every kind that @noble's packages and big integers give.
const { as, facts, inert, inertAll, notAvailable } = require("sandbox");
const agreement = require("./crypto/agreement.cjs");
const { X509Certificate } = require("./crypto/certificate.cjs");
const cipher = require("./crypto/cipher.cjs");
const derive = require("./crypto/derive.cjs");
const generate = require("./crypto/generate.cjs");
const { checkHash, ...hash } = require("./crypto/hash.cjs");
const { createSecretKey, KeyObject } = require("./crypto/key-object.cjs");
const { createPrivateKey, createPublicKey } = require("./crypto/keys.cjs");
const { searchPrime, ...primes } = require("./crypto/primes.cjs");
const { fill, ...random } = require("./crypto/random.cjs");
const rsaCipher = require("./crypto/rsa-cipher.cjs");
const signing = require("./crypto/sign.cjs");

const refusing = (name) =>
  as("refused", () => {
    throw notAvailable(`crypto.${name} of Node is not available in the sandbox`);
  });

function Certificate() {
  if (!new.target) return new Certificate();
}
for (const name of ["verifySpkac", "exportPublicKey", "exportChallenge"]) {
  Certificate[name] = refusing(`Certificate.${name}`);
  Certificate.prototype[name] = Certificate[name];
}

module.exports = {
  ...agreement, ...cipher, ...derive, ...generate, ...hash, ...primes, ...random, ...rsaCipher, ...signing,
  createPrivateKey, createPublicKey, createSecretKey, KeyObject, X509Certificate,
  Certificate: as("refused", Certificate),
  encapsulate: refusing("encapsulate"),
  decapsulate: refusing("decapsulate"),
  ...inertAll({ setEngine: undefined, setFips: undefined }),
  secureHeapUsed: inert("secureHeapUsed", () => ({ total: 0, used: 0, utilization: 0, min: 0 })),
  constants: Object.freeze(Object.assign(Object.create(null), facts().crypto)),
  webcrypto: crypto,
  subtle: crypto.subtle,
};
