// ECDSA, ECDH, Ed25519 and X25519 over @noble/curves: keys in all their formats, signatures, shared
// secrets. The material of a key is `{curve, point, secret}`, of bytes.
import { bits, bitsAt, contentAt, der, INTEGER, integer, itemsOf, objectId, OBJECT_ID, OCTETS, only, SEQUENCE, sequence } from "./der.js";
import { bytesOf, checkJwk, CryptoKey, failure, hashOf, jwkHead, makeKey, materialOf } from "./key.js";
import { fromBase64Url, toBase64Url } from "./numbers.js";
import { digestOf } from "../digests.js";

const EC_ID = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
// `scalar` is the bytes of a secret; `noble` the package's name.
const CURVES = {
  "P-256": { noble: "p256", scalar: 32, id: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] },
  "P-384": { noble: "p384", scalar: 48, id: [0x2b, 0x81, 0x04, 0x00, 0x22] },
  "P-521": { noble: "p521", scalar: 66, id: [0x2b, 0x81, 0x04, 0x00, 0x23] },
  Ed25519: { noble: "ed25519", scalar: 32, id: [0x2b, 0x65, 0x70] },
  X25519: { noble: "x25519", scalar: 32, id: [0x2b, 0x65, 0x6e] },
};
const same = (one, two) => one.length === two.length && one.every((byte, i) => byte === two[i]);
const bad = (message = "Invalid keyData") => failure("DataError", message);

/** The algorithms by name; `unpack(name)` gives packages. */
export function curveAlgorithms(unpack) {
  const curveOf = (name) => unpack("curves")[CURVES[name].noble];
  const isWeierstrass = (curve) => curve.startsWith("P-");
  const publicOf = (curve, secret) => curveOf(curve).getPublicKey(secret, false);

  function checkPoint(curve, point) {
    try {
      if (isWeierstrass(curve)) return curveOf(curve).Point.fromBytes(point).toBytes(false);
    } catch {
      throw bad();
    }
    if (point.length !== CURVES[curve].scalar) throw bad();
    return point;
  }
  function withSecret(curve, secret) {
    if (secret.length !== CURVES[curve].scalar) throw bad();
    try {
      return { curve, secret, point: publicOf(curve, secret) };
    } catch {
      throw bad();
    }
  }

  // The algorithm of SPKI and PKCS #8 names the curve, itself or as its parameter.
  const idOf = (curve) =>
    isWeierstrass(curve) ? sequence(objectId(EC_ID), objectId(CURVES[curve].id)) : sequence(objectId(CURVES[curve].id));
  function checkId(curve, content) {
    const items = itemsOf(content);
    const [kind, parameter] = isWeierstrass(curve) ? [EC_ID, CURVES[curve].id] : [CURVES[curve].id];
    if (!same(contentAt(items, 0, OBJECT_ID), kind)) throw bad("Invalid key type");
    if (parameter !== undefined && !same(contentAt(items, 1, OBJECT_ID), parameter)) throw bad("Named curve mismatch");
  }

  const readers = {
    raw: (curve, data) => ({ curve, point: checkPoint(curve, bytesOf(data, "keyData")) }),
    spki(curve, data) {
      const items = itemsOf(only(bytesOf(data, "keyData"), SEQUENCE));
      checkId(curve, contentAt(items, 0, SEQUENCE));
      return { curve, point: checkPoint(curve, bitsAt(items, 1)) };
    },
    pkcs8(curve, data) {
      const items = itemsOf(only(bytesOf(data, "keyData"), SEQUENCE));
      checkId(curve, contentAt(items, 1, SEQUENCE));
      const inner = contentAt(items, 2, OCTETS);
      if (!isWeierstrass(curve)) return withSecret(curve, only(inner, OCTETS));
      return withSecret(curve, contentAt(itemsOf(only(inner, SEQUENCE)), 1, OCTETS));
    },
    jwk(curve, jwk) {
      if (jwk.crv !== curve) throw bad("JWK \"crv\" does not match the requested algorithm");
      const x = fromBase64Url(jwk.x, "x");
      const point = checkPoint(curve, isWeierstrass(curve) ? new Uint8Array([4, ...x, ...fromBase64Url(jwk.y, "y")]) : x);
      if (jwk.d === undefined) return { curve, point };
      const material = withSecret(curve, fromBase64Url(jwk.d, "d"));
      if (!same(material.point, point)) throw bad();
      return material;
    },
  };

  function toPkcs8({ curve, secret, point }) {
    const version = integer(new Uint8Array(1));
    if (!isWeierstrass(curve)) return sequence(version, idOf(curve), der(OCTETS, der(OCTETS, secret)));
    const inner = sequence(integer(new Uint8Array([1])), der(OCTETS, secret), der(0xa1, bits(point)));
    return sequence(version, idOf(curve), der(OCTETS, inner));
  }
  function toJwk(key, { curve, secret, point }, alg) {
    const { scalar } = CURVES[curve];
    const place = isWeierstrass(curve)
      ? { kty: "EC", crv: curve, x: toBase64Url(point.slice(1, scalar + 1)), y: toBase64Url(point.slice(scalar + 1)) }
      : { kty: "OKP", crv: curve, x: toBase64Url(point) };
    return { ...place, ...(key.type === "private" ? { d: toBase64Url(secret) } : {}), ...jwkHead(key), ...alg };
  }
  function exportKey(format, key) {
    const material = materialOf(key);
    if (format === "raw" && key.type === "public") return material.point.slice().buffer;
    if (format === "spki" && key.type === "public") return sequence(idOf(material.curve), bits(material.point)).buffer;
    if (format === "pkcs8" && key.type === "private") return toPkcs8(material).buffer;
    if (format === "jwk") return toJwk(key, material, key.algorithm.name === "Ed25519" ? { alg: "Ed25519" } : {});
    throw failure("NotSupportedError", `Unable to export ${key.algorithm.name} ${key.type} key using ${format} format`);
  }

  // `uses` are those of the public and of the private key; `named` when the algorithm names a curve.
  function family(name, named, [publicUses, privateUses], more) {
    function curveFor({ namedCurve }) {
      if (!named) return name;
      if (!Object.hasOwn(CURVES, namedCurve) || !isWeierstrass(namedCurve)) throw failure("NotSupportedError", "Unrecognized namedCurve");
      return namedCurve;
    }
    const algorithmOf = (curve) => (named ? { name, namedCurve: curve } : { name });
    return {
      usages: [...publicUses, ...privateUses],
      generate(parameters, extractable, usages) {
        const curve = curveFor(parameters);
        const material = withSecret(curve, curveOf(curve).utils.randomSecretKey());
        const part = (uses) => usages.filter((usage) => uses.includes(usage));
        const unknown = usages.filter((usage) => !publicUses.includes(usage) && !privateUses.includes(usage));
        const algorithm = algorithmOf(curve);
        const publicKey = makeKey("public", algorithm, true, [...part(publicUses), ...unknown], publicUses, { curve, point: material.point });
        return { publicKey, privateKey: makeKey("private", algorithm, extractable, part(privateUses), privateUses, material) };
      },
      import(format, data, parameters, extractable, usages) {
        const curve = curveFor(parameters);
        if (!Object.hasOwn(readers, format)) throw failure("NotSupportedError", `Unable to import ${name} key with format ${format}`);
        if (format === "jwk") checkJwk(data, isWeierstrass(curve) ? "EC" : "OKP", { name }, extractable, usages);
        const material = readers[format](curve, data);
        const isPrivate = material.secret !== undefined;
        return makeKey(isPrivate ? "private" : "public", algorithmOf(curve), extractable, usages, isPrivate ? privateUses : publicUses, material);
      },
      export: exportKey,
      ...more,
    };
  }

  const hashed = (parameters, data) => digestOf(hashOf(parameters.hash).name).update(data).digest();
  const ecdsa = {
    sign: (parameters, key, data) =>
      curveOf(materialOf(key).curve).sign(hashed(parameters, data), materialOf(key).secret, { prehash: false, lowS: false }),
    verify(parameters, key, signature, data) {
      const { curve, point } = materialOf(key);
      if (signature.length !== CURVES[curve].scalar * 2) return false;
      return curveOf(curve).verify(signature, hashed(parameters, data), point, { prehash: false, lowS: false });
    },
  };
  const eddsa = {
    sign: (parameters, key, data) => unpack("curves").ed25519.sign(data, materialOf(key).secret),
    verify: (parameters, key, signature, data) =>
      signature.length === 64 && unpack("curves").ed25519.verify(signature, data, materialOf(key).point, { zip215: false }),
  };
  const agreement = {
    derive({ public: other }, key, length) {
      if (!(other instanceof CryptoKey)) throw new TypeError("algorithm.public is not of type CryptoKey.");
      const { curve, secret } = materialOf(key);
      const { curve: otherCurve, point } = materialOf(other);
      if (other.type !== "public" || otherCurve !== curve) throw failure("InvalidAccessError", "algorithm.public must be a public key of the same curve");
      const shared = curveOf(curve).getSharedSecret(secret, point, true).slice(isWeierstrass(curve) ? 1 : 0);
      if (length === null) return shared;
      if (length > shared.length * 8) throw failure("OperationError", "derived bit length is too small");
      return shared.slice(0, Math.ceil(length / 8));
    },
  };
  const SIGNS = [["verify"], ["sign"]];
  const DERIVES = [[], ["deriveKey", "deriveBits"]];
  return {
    ECDSA: family("ECDSA", true, SIGNS, ecdsa),
    ECDH: family("ECDH", true, DERIVES, agreement),
    Ed25519: family("Ed25519", false, SIGNS, eddsa),
    X25519: family("X25519", false, DERIVES, agreement),
  };
}
