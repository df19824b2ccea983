// What keys are made of, and their forms in DER: the numbers of RSA, the bytes of curves.
const { der: asn, numbers, unpack } = require("sandbox");
const { coded, opensslError, sameBytes } = require("./bytes.cjs");

const { bits, bitsAt, contentAt, der, integer, itemsOf, NULL, objectId, sequence, INTEGER, OBJECT_ID, OCTETS, only, SEQUENCE } = asn;
const { fromBase64Url, toBase64Url, toBigInt, toBytes } = numbers;

const RSA_ID = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const PSS_ID = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const EC_ID = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const PRIVATE = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
// `size` is the bytes of a secret, `jwk` the name in JWK, `noble` the package's, `hash` the one of OpenSSL's choice.
const CURVES = {
  prime256v1: { size: 32, jwk: "P-256", noble: "p256", id: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] },
  secp384r1: { size: 48, jwk: "P-384", noble: "p384", id: [0x2b, 0x81, 0x04, 0x00, 0x22] },
  secp521r1: { size: 66, jwk: "P-521", noble: "p521", id: [0x2b, 0x81, 0x04, 0x00, 0x23] },
  secp256k1: { size: 32, jwk: "secp256k1", noble: "secp256k1", id: [0x2b, 0x81, 0x04, 0x00, 0x0a] },
};
const EDWARDS = {
  ed25519: { size: 32, jwk: "Ed25519", noble: "ed25519", id: [0x2b, 0x65, 0x70] },
  x25519: { size: 32, jwk: "X25519", noble: "x25519", id: [0x2b, 0x65, 0x6e] },
};
const ALIASES = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1", secp256r1: "prime256v1" };

const unsupported = () => opensslError("error:1E08010C:DECODER routines::unsupported", "ERR_OSSL_UNSUPPORTED", { library: "DECODER routines", reason: "unsupported" });

/** Runs a reader, whose complaints become OpenSSL's. */
function reading(read) {
  try {
    return read();
  } catch (error) {
    if (error?.code?.startsWith?.("ERR_")) throw error;
    throw unsupported();
  }
}

const curveName = (name) => ALIASES[name] ?? name;
const nobleOf = ({ type, curve }) => unpack("curves")[type === "ec" ? CURVES[curve].noble : EDWARDS[type].noble];

function curveFor(name) {
  const curve = curveName(name);
  if (Object.hasOwn(CURVES, curve)) return curve;
  throw coded(TypeError, "ERR_CRYPTO_INVALID_CURVE", `Invalid EC curve name: ${name}; there are ${Object.keys(CURVES).join(", ")}`);
}

/** A private key on a curve from its secret, which gives its public point. */
function withSecret(kind, secret) {
  const { size } = kind.type === "ec" ? CURVES[kind.curve] : EDWARDS[kind.type];
  const padded = new Uint8Array(size);
  padded.set(secret, size - secret.length);
  return { ...kind, secret: padded, point: kind.type === "ec" ? nobleOf(kind).getPublicKey(padded, false) : nobleOf(kind).getPublicKey(padded) };
}

function withPoint(kind, point) {
  if (kind.type === "ec") return { ...kind, point: nobleOf(kind).Point.fromBytes(point).toBytes(false) };
  if (point.length !== EDWARDS[kind.type].size) throw unsupported();
  return { ...kind, point: point.slice() };
}

function kindOf(content) {
  const items = itemsOf(content);
  const id = contentAt(items, 0, OBJECT_ID);
  if (sameBytes(id, RSA_ID)) return { type: "rsa" };
  if (sameBytes(id, PSS_ID)) return { type: "rsa-pss" };
  if (sameBytes(id, EC_ID)) {
    const found = Object.entries(CURVES).find(([, curve]) => sameBytes(contentAt(items, 1, OBJECT_ID), curve.id));
    if (found !== undefined) return { type: "ec", curve: found[0] };
  }
  const found = Object.entries(EDWARDS).find(([, curve]) => sameBytes(id, curve.id));
  if (found === undefined) throw unsupported();
  return { type: found[0] };
}

const isRsa = ({ type }) => type === "rsa" || type === "rsa-pss";

function fromPkcs1Private(bytes, kind = { type: "rsa" }) {
  const items = itemsOf(only(bytes, SEQUENCE));
  return { ...kind, ...Object.fromEntries(PRIVATE.map((name, i) => [name, toBigInt(contentAt(items, i + 1, INTEGER))])) };
}

function fromPkcs1Public(bytes, kind = { type: "rsa" }) {
  const items = itemsOf(only(bytes, SEQUENCE));
  return { ...kind, n: toBigInt(contentAt(items, 0, INTEGER)), e: toBigInt(contentAt(items, 1, INTEGER)) };
}

function fromSec1(bytes, given) {
  const items = itemsOf(only(bytes, SEQUENCE));
  const named = items.find(({ tag }) => tag === 0xa0);
  const kind = given ?? kindOf(Buffer.concat([objectId(new Uint8Array(EC_ID)), named.content]));
  return withSecret(kind, contentAt(items, 1, OCTETS));
}

function fromPkcs8(bytes) {
  const items = itemsOf(only(bytes, SEQUENCE));
  const kind = kindOf(contentAt(items, 1, SEQUENCE));
  const inner = contentAt(items, 2, OCTETS);
  if (isRsa(kind)) return fromPkcs1Private(inner, kind);
  return kind.type === "ec" ? fromSec1(inner, kind) : withSecret(kind, only(inner, OCTETS));
}

function fromSpki(bytes) {
  const items = itemsOf(only(bytes, SEQUENCE));
  const kind = kindOf(contentAt(items, 0, SEQUENCE));
  return isRsa(kind) ? fromPkcs1Public(bitsAt(items, 1), kind) : withPoint(kind, bitsAt(items, 1));
}

const number = (value) => integer(toBytes(value));
const zero = () => integer(new Uint8Array(1));
const id = (bytes) => objectId(new Uint8Array(bytes));

function algorithmOf(key) {
  if (isRsa(key)) return sequence(id(key.type === "rsa" ? RSA_ID : PSS_ID), NULL);
  return key.type === "ec" ? sequence(id(EC_ID), id(CURVES[key.curve].id)) : sequence(id(EDWARDS[key.type].id));
}

const toPkcs1Private = (key) => sequence(zero(), ...PRIVATE.map((name) => number(key[name])));
const toPkcs1Public = (key) => sequence(number(key.n), number(key.e));
const toSpki = (key) => sequence(algorithmOf(key), bits(isRsa(key) ? toPkcs1Public(key) : key.point));
function toSec1(key, withCurve = true) {
  const curve = withCurve ? [der(0xa0, id(CURVES[key.curve].id))] : [];
  return sequence(integer(new Uint8Array([1])), der(OCTETS, key.secret), ...curve, der(0xa1, bits(key.point)));
}
function toPkcs8(key) {
  const inner = isRsa(key) ? toPkcs1Private(key) : key.type === "ec" ? toSec1(key, false) : der(OCTETS, key.secret);
  return sequence(zero(), algorithmOf(key), der(OCTETS, inner));
}

function fromJwk(jwk, isPrivate) {
  const member = (name) => fromBase64Url(jwk[name], name);
  if (jwk.kty === "RSA") {
    const names = isPrivate ? PRIVATE : ["n", "e"];
    return { type: "rsa", ...Object.fromEntries(names.map((name) => [name, toBigInt(member(name))])) };
  }
  const curves = jwk.kty === "EC" ? CURVES : jwk.kty === "OKP" ? EDWARDS : {};
  const found = Object.entries(curves).find(([, { jwk: name }]) => name === jwk.crv);
  if (found === undefined) throw coded(TypeError, "ERR_CRYPTO_INVALID_JWK", "Invalid JWK data");
  const kind = jwk.kty === "EC" ? { type: "ec", curve: found[0] } : { type: found[0] };
  if (isPrivate) return withSecret(kind, member("d"));
  return withPoint(kind, jwk.kty === "EC" ? new Uint8Array([4, ...member("x"), ...member("y")]) : member("x"));
}

function toJwk(key, isPrivate) {
  if (key.type === "rsa") {
    const names = isPrivate ? ["n", "e", "d", "p", "q", "dp", "dq", "qi"] : ["n", "e"];
    return { kty: "RSA", ...Object.fromEntries(names.map((name) => [name, toBase64Url(toBytes(key[name]))])) };
  }
  const secret = isPrivate ? { d: toBase64Url(key.secret) } : {};
  if (key.type !== "ec") return { crv: EDWARDS[key.type].jwk, ...secret, x: toBase64Url(key.point), kty: "OKP" };
  const { size, jwk } = CURVES[key.curve];
  return { kty: "EC", x: toBase64Url(key.point.slice(1, size + 1)), y: toBase64Url(key.point.slice(size + 1)), crv: jwk, ...secret };
}

function publicOf({ d, p, q, dp, dq, qi, secret, ...rest }) {
  return rest;
}

module.exports = {
  CURVES, EDWARDS, curveFor, fromJwk, fromPkcs1Private, fromPkcs1Public, fromPkcs8, fromSec1, fromSpki, isRsa, nobleOf, publicOf,
  reading, toJwk, toPkcs1Private, toPkcs1Public, toPkcs8, toSec1, toSpki, unsupported, withPoint, withSecret,
};
