// crypto of the Web and node:crypto. Keys and nonces are fixed, so that both sides give the same.
const { subtle } = globalThis.crypto;
const nodeCrypto = require("node:crypto");
const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
const DATA = ["", "abc", "x".repeat(200), "\u00fc\ud83d\ude00"];
for (const hash of HASHES) each(DATA, `digest ${hash}`, async (data) => hex(await subtle.digest(hash, utf8(data))));
each(["MD5", "sha-256", "SHA256", "", { name: "SHA-1" }, {}, null], "digest by", async (name) => hex(await subtle.digest(name, utf8("x"))));
test("digest of text", () => subtle.digest("SHA-256", "x"));
for (const hash of HASHES) {
  each(["k", "key".repeat(60)], `HMAC ${hash}`, async (secret) => {
    const key = await subtle.importKey("raw", utf8(secret), { name: "HMAC", hash }, true, ["sign", "verify"]);
    const signature = await subtle.sign("HMAC", key, utf8("data"));
    return [hex(signature), await subtle.verify("HMAC", key, signature, utf8("data")), await subtle.verify("HMAC", key, signature, utf8("other")), await subtle.exportKey("jwk", key), key.algorithm, key.type, key.usages, key.extractable];
  });
}
const raw = (name, bytes, usages, extractable = true) => subtle.importKey("raw", bytes, name, extractable, usages);
for (const [mode, params] of [["AES-GCM", { iv: new Uint8Array(12).fill(3) }], ["AES-GCM", { iv: new Uint8Array(16).fill(3), additionalData: utf8("more") }], ["AES-CBC", { iv: new Uint8Array(16).fill(1) }], ["AES-CTR", { counter: new Uint8Array(16), length: 64 }]]) {
  for (const size of [16, 32]) {
    each(["", "hello", "x".repeat(33)], `${mode} ${size} ${Object.keys(params)}`, async (plain) => {
      const key = await raw(mode, new Uint8Array(size).fill(7), ["encrypt", "decrypt"]);
      const sealed = await subtle.encrypt({ name: mode, ...params }, key, utf8(plain));
      return [hex(sealed), text(await subtle.decrypt({ name: mode, ...params }, key, sealed)), key.algorithm];
    });
  }
}
test("AES-GCM tampered", async () => { const key = await raw("AES-GCM", new Uint8Array(16), ["encrypt", "decrypt"]); return subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, new Uint8Array(20)); });
test("AES-GCM too short", async () => { const key = await raw("AES-GCM", new Uint8Array(16), ["decrypt"]); return subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, new Uint8Array(3)); });
test("AES-CBC of a bad length", async () => { const key = await raw("AES-CBC", new Uint8Array(16), ["decrypt"]); return subtle.decrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, key, new Uint8Array(15)); });
test("AES-CBC of a bad iv", async () => { const key = await raw("AES-CBC", new Uint8Array(16), ["encrypt"]); return subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(12) }, key, new Uint8Array(1)); });
each([8, 15, 24, 33], "AES key of bytes", async (size) => (await raw("AES-GCM", new Uint8Array(size), ["encrypt"])).algorithm);
test("AES key as JWK", async () => subtle.exportKey("jwk", await raw("AES-GCM", new Uint8Array(16), ["encrypt"])));
test("AES key not extractable", async () => subtle.exportKey("raw", await raw("AES-GCM", new Uint8Array(16), ["encrypt"], false)));
test("AES wrong usage", () => raw("AES-GCM", new Uint8Array(16), ["sign"]));
test("AES no usage", () => raw("AES-GCM", new Uint8Array(16), []));
test("decrypt with a key to encrypt", async () => { const key = await raw("AES-GCM", new Uint8Array(16), ["encrypt"]); return subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, new Uint8Array(20)); });
test("HMAC key used for AES", async () => { const key = await raw({ name: "HMAC", hash: "SHA-256" }, utf8("k"), ["sign"]); return subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, utf8("x")); });
test("unknown algorithm", () => raw("NOPE", utf8("k"), ["sign"]));
test("unknown usage", () => raw({ name: "HMAC", hash: "SHA-256" }, utf8("k"), ["nope"]));
test("unknown format", () => subtle.importKey("nope", utf8("k"), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]));
test("AES-KW", async () => { const key = await raw("AES-KW", new Uint8Array(16), ["wrapKey", "unwrapKey"]); const inner = await raw("AES-GCM", new Uint8Array(32).fill(1), ["encrypt"]); return hex(await subtle.wrapKey("raw", inner, key, "AES-KW")); });
test("wrap as JWK", async () => { const key = await raw("AES-GCM", new Uint8Array(16), ["wrapKey", "unwrapKey"]); const params = { name: "AES-GCM", iv: new Uint8Array(12) }; const inner = await raw("AES-GCM", new Uint8Array(16).fill(1), ["encrypt"]); const back = await subtle.unwrapKey("jwk", await subtle.wrapKey("jwk", inner, key, params), key, params, "AES-GCM", true, ["encrypt"]); return hex(await subtle.exportKey("raw", back)); });
for (const hash of ["SHA-1", "SHA-256", "SHA-512"]) {
  test(`HKDF ${hash}`, async () => hex(await subtle.deriveBits({ name: "HKDF", hash, salt: utf8("salt"), info: utf8("info") }, await raw("HKDF", utf8("secret"), ["deriveBits"], false), 328)));
  test(`PBKDF2 ${hash}`, async () => hex(await subtle.deriveBits({ name: "PBKDF2", hash, salt: utf8("salt"), iterations: 10 }, await raw("PBKDF2", utf8("secret"), ["deriveBits"], false), 256)));
}
test("deriveKey", async () => hex(await subtle.exportKey("raw", await subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new Uint8Array() }, await raw("HKDF", utf8("s"), ["deriveKey"], false), { name: "AES-GCM", length: 256 }, true, ["encrypt"]))));
test("deriveKey HMAC", async () => (await subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: utf8("salt"), iterations: 2 }, await raw("PBKDF2", utf8("s"), ["deriveKey"], false), { name: "HMAC", hash: "SHA-256" }, true, ["sign"])).algorithm);
test("extractable HKDF", () => raw("HKDF", utf8("s"), ["deriveBits"], true));

const EC = { kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" };
const OKP = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" };
const RSA = { kty: "RSA", n: "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw", e: "AQAB" };
const ec = (jwk, usages, name = "ECDSA") => subtle.importKey("jwk", jwk, { name, namedCurve: "P-256" }, true, usages);
const publicOf = ({ d, ...jwk }) => jwk;
test("ECDSA there and back", async () => { const signature = await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, await ec(EC, ["sign"]), utf8("data")); const key = await ec(publicOf(EC), ["verify"]); return [signature.byteLength, await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, utf8("data")), await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, utf8("x")), await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, new Uint8Array(63), utf8("x"))]; });
for (const format of ["jwk", "pkcs8", "raw", "spki"]) test(`EC private as ${format}`, async () => { const out = await subtle.exportKey(format, await ec(EC, ["sign"])); return out instanceof ArrayBuffer ? hex(out) : out; });
for (const format of ["jwk", "pkcs8", "raw", "spki"]) test(`EC public as ${format}`, async () => { const out = await subtle.exportKey(format, await ec(publicOf(EC), ["verify"])); return out instanceof ArrayBuffer ? hex(out) : out; });
test("EC key's properties", async () => { const { type, algorithm, usages, extractable } = await ec(EC, ["sign"]); return { type, algorithm, usages, extractable }; });
test("EC from its own pkcs8", async () => subtle.exportKey("jwk", await subtle.importKey("pkcs8", await subtle.exportKey("pkcs8", await ec(EC, ["sign"])), { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"])));
test("EC from its own spki", async () => subtle.exportKey("jwk", await subtle.importKey("spki", await subtle.exportKey("spki", await ec(publicOf(EC), [])), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"])));
test("EC of another curve", () => subtle.importKey("jwk", EC, { name: "ECDSA", namedCurve: "P-384" }, true, ["sign"]));
test("EC of no curve", () => subtle.importKey("jwk", EC, { name: "ECDSA", namedCurve: "X" }, true, ["sign"]));
test("EC not on the curve", () => ec({ ...publicOf(EC), y: EC.x }, ["verify"]));
test("EC of a bad base64", () => ec({ ...publicOf(EC), y: "!!" }, ["verify"]));
test("EC of the wrong kty", () => ec({ ...EC, kty: "RSA" }, ["sign"]));
test("ECDSA usages", () => ec(EC, ["verify"]));
test("ECDH", async () => hex(await subtle.deriveBits({ name: "ECDH", public: await ec(publicOf(EC), [], "ECDH") }, await ec(EC, ["deriveBits"], "ECDH"), 256)));
test("ECDH bits unknown", async () => (await subtle.deriveBits({ name: "ECDH", public: await ec(publicOf(EC), [], "ECDH") }, await ec(EC, ["deriveBits"], "ECDH"), null)).byteLength);
test("generate EC", async () => { const { publicKey, privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]); return [publicKey.type, publicKey.extractable, publicKey.usages, privateKey.type, privateKey.extractable, privateKey.usages, (await subtle.exportKey("raw", publicKey)).byteLength]; });
test("generate P-384 and sign", async () => { const { publicKey, privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]); const signature = await subtle.sign({ name: "ECDSA", hash: "SHA-384" }, privateKey, utf8("x")); return [signature.byteLength, await subtle.verify({ name: "ECDSA", hash: "SHA-384" }, publicKey, signature, utf8("x"))]; });
const okp = (jwk, usages) => subtle.importKey("jwk", jwk, "Ed25519", true, usages);
test("Ed25519", async () => { const signature = await subtle.sign("Ed25519", await okp(OKP, ["sign"]), utf8("data")); return [hex(signature), await subtle.verify("Ed25519", await okp(publicOf(OKP), ["verify"]), signature, utf8("data")), await subtle.verify("Ed25519", await okp(publicOf(OKP), ["verify"]), signature, utf8("x"))]; });
for (const format of ["jwk", "pkcs8"]) test(`Ed25519 private as ${format}`, async () => { const out = await subtle.exportKey(format, await okp(OKP, ["sign"])); return out instanceof ArrayBuffer ? hex(out) : out; });
for (const format of ["jwk", "raw", "spki"]) test(`Ed25519 public as ${format}`, async () => { const out = await subtle.exportKey(format, await okp(publicOf(OKP), ["verify"])); return out instanceof ArrayBuffer ? hex(out) : out; });
test("Ed25519 of mismatched parts", () => okp({ ...OKP, x: EC.x }, ["sign"]));
const JWT = { data: "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" };
for (const name of ["RSASSA-PKCS1-v1_5", "RSA-PSS"]) {
  test(`${name} keys`, async () => { const key = await subtle.importKey("jwk", RSA, { name, hash: "SHA-256" }, true, ["verify"]); return [key.algorithm.modulusLength, hex(key.algorithm.publicExponent), key.algorithm.hash, await subtle.exportKey("jwk", key), hex(await subtle.exportKey("spki", key))]; });
  test(`${name} refuses a wrong signature`, async () => { const key = await subtle.importKey("jwk", RSA, { name, hash: "SHA-256" }, true, ["verify"]); return [await subtle.verify({ name, saltLength: 32 }, key, new Uint8Array(256).fill(1), utf8(JWT.data)), await subtle.verify({ name, saltLength: 32 }, key, new Uint8Array(3), utf8("x"))]; });
}
test("generate AES", async () => { const key = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]); return [key.type, key.algorithm, (await subtle.exportKey("raw", key)).byteLength]; });
test("generate HMAC", async () => (await subtle.generateKey({ name: "HMAC", hash: "SHA-512" }, true, ["sign"])).algorithm);
test("generate AES of a bad length", () => subtle.generateKey({ name: "AES-GCM", length: 100 }, true, ["encrypt"]));
test("generate without usages", () => subtle.generateKey({ name: "AES-GCM", length: 128 }, true, []));
test("randomUUID", () => /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(crypto.randomUUID()));
test("getRandomValues", () => { const view = new Uint32Array(4); return [crypto.getRandomValues(view) === view, view.some((n) => n !== 0)]; });
for (const [name, make] of Object.entries({ floats: () => new Float32Array(1), list: () => [1], view: () => new DataView(new ArrayBuffer(1)), many: () => new Uint8Array(65537) })) test(`getRandomValues of ${name}`, () => crypto.getRandomValues(make()).length);
test("crypto's tags", () => [Object.prototype.toString.call(crypto), Object.prototype.toString.call(subtle), typeof CryptoKey, typeof crypto.subtle.sign]);
test("CryptoKey construct", () => new CryptoKey());

for (const hash of ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160", "sha512-256", "sha3-256", "SHA256", "RSA-SHA256"]) test(`createHash ${hash}`, () => nodeCrypto.createHash(hash).update("a").update(Buffer.from("b")).digest("hex"));
for (const encoding of ["hex", "base64", "base64url", "latin1", undefined]) test(`createHash as ${encoding}`, () => nodeCrypto.createHash("sha256").update("x").digest(encoding));
test("createHash unknown", () => nodeCrypto.createHash("nope"));
test("digest twice", () => { const hash = nodeCrypto.createHash("sha256"); hash.digest(); return hash.digest(); });
test("hash copy", () => { const hash = nodeCrypto.createHash("sha256").update("a"); const copy = hash.copy(); return [hash.update("b").digest("hex"), copy.digest("hex")]; });
for (const key of ["k", Buffer.from("k"), "x".repeat(200)]) test(`createHmac ${key.length}${typeof key}`, () => nodeCrypto.createHmac("sha256", key).update("d").digest("hex"));
test("timingSafeEqual", () => [nodeCrypto.timingSafeEqual(Buffer.from("a"), Buffer.from("a")), nodeCrypto.timingSafeEqual(Buffer.from("a"), Buffer.from("b"))]);
test("timingSafeEqual of lengths", () => nodeCrypto.timingSafeEqual(Buffer.from("a"), Buffer.from("ab")));
test("randomBytes", () => [nodeCrypto.randomBytes(4).length, Buffer.isBuffer(nodeCrypto.randomBytes(1)), nodeCrypto.randomUUID().length]);
test("randomInt", () => { const n = nodeCrypto.randomInt(5, 7); return n >= 5 && n < 7; });
test("pbkdf2Sync", () => nodeCrypto.pbkdf2Sync("p", "s", 5, 20, "sha256").toString("hex"));
test("hkdfSync", () => hex(nodeCrypto.hkdfSync("sha256", "key", "salt", "info", 20)));
test("scryptSync", () => nodeCrypto.scryptSync("p", "s", 16, { N: 16 }).toString("hex"));
test("pbkdf2", () => new Promise((done, fail) => nodeCrypto.pbkdf2("p", "s", 5, 20, "sha1", (error, key) => (error ? fail(error) : done(key.toString("hex"))))));
test("hash", () => nodeCrypto.hash("sha1", "x"));
test("webcrypto", () => [nodeCrypto.webcrypto.subtle === crypto.subtle, nodeCrypto.getHashes().includes("sha256")]);
