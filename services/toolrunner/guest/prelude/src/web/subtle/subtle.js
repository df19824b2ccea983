// crypto.subtle: finds the algorithm, checks the key, returns promises.
import { digestOf } from "../digests.js";
import { curveAlgorithms } from "./curve-keys.js";
import { bytesOf, checkUse, CryptoKey, failure, hashOf } from "./key.js";
import { rsaAlgorithms } from "./rsa-keys.js";
import { secretAlgorithms } from "./secret.js";

const FORMATS = new Set(["raw", "raw-secret", "raw-public", "raw-private", "raw-seed", "spki", "pkcs8", "jwk"]);
const buffer = (bytes) => (bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()).buffer;

function illegal() {
  return Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
}

function checkFormat(format) {
  if (!FORMATS.has(format)) throw new TypeError(`'${format}' is not a valid enum value of type KeyFormat.`);
}

/** Makes the class of `crypto.subtle` and its instance; `unpack(name)` returns packages. */
export function createSubtle(unpack) {
  const table = { ...secretAlgorithms(unpack), ...rsaAlgorithms, ...curveAlgorithms(unpack) };
  const byName = new Map(Object.entries(table).map(([name, algorithm]) => [name.toLowerCase(), { ...algorithm, name }]));

  // The algorithm named by the parameters, which must support the operation.
  function find(parameters, operation) {
    const given = typeof parameters === "string" ? { name: parameters } : parameters;
    if (typeof given !== "object" || given === null || given.name === undefined) {
      throw new TypeError("Algorithm: 'name' is required in 'Algorithm'.");
    }
    const algorithm = byName.get(`${given.name}`.toLowerCase());
    if (algorithm?.[operation] === undefined) throw failure("NotSupportedError", "Unrecognized algorithm name");
    return { algorithm, parameters: { ...given } };
  }

  function run(operation, usage, given, key, ...data) {
    const { algorithm, parameters } = find(given, operation);
    const bytes = data.map((part) => bytesOf(part));
    checkUse(key, algorithm, usage ?? operation);
    return algorithm[operation](parameters, key, ...bytes);
  }
  function deriveBits(given, key, length, usage) {
    const { algorithm, parameters } = find(given, "derive");
    checkUse(key, algorithm, usage);
    return algorithm.derive(parameters, key, length);
  }
  function exported(format, key) {
    checkFormat(format);
    if (!(key instanceof CryptoKey)) throw new TypeError("The key is not of type CryptoKey.");
    const { algorithm } = find(key.algorithm, "export");
    if (!key.extractable) throw failure("InvalidAccessError", "key is not extractable");
    return algorithm.export(format === "raw-public" ? "raw" : format, key);
  }
  function imported(format, data, given, extractable, usages) {
    checkFormat(format);
    const { algorithm, parameters } = find(given, "import");
    const content = format === "jwk" ? data : bytesOf(data, "keyData");
    return algorithm.import(format === "raw-public" ? "raw" : format, content, parameters, !!extractable, [...usages]);
  }

  class SubtleCrypto {
    constructor() {
      throw illegal();
    }
    async digest(algorithm, data) {
      return buffer(digestOf(hashOf(algorithm).name).update(bytesOf(data)).digest());
    }
    async generateKey(given, extractable, usages) {
      const { algorithm, parameters } = find(given, "generate");
      return algorithm.generate(parameters, !!extractable, [...usages]);
    }
    async importKey(format, data, algorithm, extractable, usages) {
      return imported(format, data, algorithm, extractable, usages);
    }
    async exportKey(format, key) {
      return exported(format, key);
    }
    async sign(algorithm, key, data) {
      return buffer(run("sign", null, algorithm, key, data));
    }
    async verify(algorithm, key, signature, data) {
      return run("verify", null, algorithm, key, signature, data);
    }
    async encrypt(algorithm, key, data) {
      return buffer(run("encrypt", null, algorithm, key, data));
    }
    async decrypt(algorithm, key, data) {
      return buffer(run("decrypt", null, algorithm, key, data));
    }
    async deriveBits(algorithm, key, length = null) {
      return buffer(deriveBits(algorithm, key, length, "deriveBits"));
    }
    async deriveKey(algorithm, key, derived, extractable, usages) {
      const { algorithm: target, parameters } = find(derived, "keyLength");
      const bytes = deriveBits(algorithm, key, target.keyLength(parameters), "deriveKey");
      return target.import("raw", bytes, parameters, !!extractable, [...usages]);
    }
    async wrapKey(format, key, wrappingKey, algorithm) {
      const content = exported(format, key);
      const bytes = format === "jwk" ? new TextEncoder().encode(JSON.stringify(content)) : new Uint8Array(content);
      const operation = typeof (algorithm.name ?? algorithm) === "string" && /^aes-kw$/i.test(algorithm.name ?? algorithm) ? "wrap" : "encrypt";
      return buffer(run(operation, "wrapKey", algorithm, wrappingKey, bytes));
    }
    async unwrapKey(format, wrapped, wrappingKey, algorithm, keyAlgorithm, extractable, usages) {
      const operation = /^aes-kw$/i.test(algorithm.name ?? algorithm) ? "unwrap" : "decrypt";
      const bytes = run(operation, "unwrapKey", algorithm, wrappingKey, wrapped);
      const content = format === "jwk" ? JSON.parse(new TextDecoder().decode(bytes)) : bytes;
      return imported(format, content, keyAlgorithm, extractable, usages);
    }
    get [Symbol.toStringTag]() {
      return "SubtleCrypto";
    }
  }
  return { SubtleCrypto, subtle: Object.create(SubtleCrypto.prototype) };
}
