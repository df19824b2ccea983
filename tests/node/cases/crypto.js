// node:crypto: digests, keys, signatures, ciphers. Random results are checked by their round trips.
const c = require("node:crypto");
const { promisify } = require("node:util");

const RSA = c.createPrivateKey(KEYS.rsa);
const EC = c.createPrivateKey(KEYS.ec);
const K1 = c.createPrivateKey(KEYS.secp256k1);
const ED = c.createPrivateKey(KEYS.ed25519);
const X = c.createPrivateKey(KEYS.x25519);
const DATA = Buffer.from("The quick brown fox jumps over the lazy dog");
const hex = (bytes) => Buffer.from(bytes).toString("hex");

function ciphered(name, keyLength, ivLength, { aad, pieces = [5, 16, 11], padding = true } = {}) {
  const key = Buffer.alloc(keyLength, 7);
  const iv = ivLength === 0 ? null : Buffer.alloc(ivLength, 9);
  const cipher = c.createCipheriv(name, key, iv, name.startsWith("chacha20-") ? { authTagLength: 16 } : undefined);
  if (aad) cipher.setAAD(Buffer.from(aad), { plaintextLength: 32 });
  if (!padding) cipher.setAutoPadding(false);
  let at = 0;
  const sent = pieces.map((size) => cipher.update(DATA.subarray(at, (at += size))));
  sent.push(cipher.final());
  const tag = aad === undefined ? undefined : cipher.getAuthTag();
  const decipher = c.createDecipheriv(name, key, iv, name.startsWith("chacha20-") ? { authTagLength: 16 } : undefined);
  if (aad) decipher.setAAD(Buffer.from(aad), { plaintextLength: 32 });
  if (tag) decipher.setAuthTag(tag);
  if (!padding) decipher.setAutoPadding(false);
  const text = Buffer.concat(sent);
  const back = decipher.update(text.subarray(0, 7), null, "latin1") + decipher.update(text.subarray(7), null, "latin1") + decipher.final("latin1");
  return [sent.map(hex), tag && hex(tag), back];
}

module.exports = {
  digests: () => ["md5", "sha1", "sha224", "sha256", "SHA-512", "RSA-SHA256", "ripemd160", "sha3-256", "sha512-256"].map((name) => c.createHash(name).update("a").update(DATA).digest("hex")),
  hashOnce: () => [c.hash("sha1", "x"), c.hash("sha256", DATA, "base64"), c.hash("md5", "é", "buffer")],
  hashCopy: () => { const one = c.createHash("sha1").update("a"); const two = one.copy().update("b"); return [one.digest("hex"), two.digest("base64url")]; },
  hashStream: async () => {
    const { pipeline } = require("node:stream/promises");
    const { Readable } = require("node:stream");
    const hash = c.createHash("sha256");
    await pipeline(Readable.from(["a", "b"]), hash);
    const other = c.createHmac("sha1", "k").setEncoding("hex");
    other.end("abc");
    return [hash.read().toString("hex"), other.read(), other instanceof require("node:stream").Transform];
  },
  hashWithoutNew: () => [c.Hash("sha1").update("x").digest("hex"), c.createHash("md5") instanceof c.Hash, c.createHmac("md5", "") instanceof c.Hmac],
  hmac: () => ["md5", "sha256", "sha512"].map((name) => c.createHmac(name, c.createSecretKey(Buffer.from("key"))).update(DATA).digest("hex")),
  noDigest: () => c.createHash("nope"),
  digestTwice: () => { const hash = c.createHash("md5"); hash.digest(); hash.digest(); },
  badData: () => c.createHash("md5").update(5),
  derived: () => [
    c.pbkdf2Sync("p", "s", 10, 20, "sha1").toString("hex"),
    hex(c.hkdfSync("sha256", "key", "salt", "info", 40)),
    c.scryptSync("p", "s", 32, { N: 16 }).toString("base64"),
  ],
  derivedLater: async () => [
    (await promisify(c.pbkdf2)("p", "s", 1, 5, "sha512")).toString("hex"),
    (await promisify(c.scrypt)("p", "s", 8, { cost: 16 })).toString("hex"),
    hex(await promisify(c.hkdf)("sha1", "k", "", "", 4)),
    (await promisify(c.randomBytes)(4)).length,
    await promisify(c.randomInt)(1),
  ],
  badPbkdf2: () => c.pbkdf2Sync("p", "s", 1, 5, "nope"),
  badIterations: () => c.pbkdf2Sync("p", "s", 0, 5, "sha1"),
  badScrypt: () => c.scryptSync("p", "s", 32, { N: 3 }),
  random: () => [c.randomBytes(5).length, c.randomFillSync(Buffer.alloc(4), 1, 2).subarray(0, 1)[0], c.randomInt(5, 6), c.randomUUID().length, /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(c.randomUUIDv7())],
  badRandom: () => c.randomBytes(-1),
  emptyRange: () => c.randomInt(5, 5),
  equalBytes: () => [c.timingSafeEqual(Buffer.from("a"), Buffer.from("a")), c.timingSafeEqual(Buffer.from("a"), Buffer.from("b"))],
  unequalLengths: () => c.timingSafeEqual(Buffer.from("a"), Buffer.from("ab")),

  aes128cbc: () => ciphered("aes-128-cbc", 16, 16),
  aes256cbc: () => ciphered("AES-256-CBC", 32, 16),
  aes256cbcOneBlock: () => ciphered("aes-256-cbc", 32, 16, { pieces: [16] }),
  aes192cbcNoPadding: () => ciphered("aes-192-cbc", 24, 16, { pieces: [10, 22], padding: false }),
  aes256ecb: () => ciphered("aes-256-ecb", 32, 0),
  aes256ctr: () => ciphered("aes-256-ctr", 32, 16, { pieces: [1, 15, 16, 3, 8] }),
  aes256gcm: () => ciphered("aes-256-gcm", 32, 12, { aad: "head" }),
  aes128gcmLongNonce: () => ciphered("aes-128-gcm", 16, 16, { aad: "head" }),
  chacha: () => ciphered("chacha20-poly1305", 32, 12, { aad: "head" }),
  badTag: () => { const d = c.createDecipheriv("aes-256-gcm", Buffer.alloc(32), Buffer.alloc(12)); d.setAuthTag(Buffer.alloc(16)); d.update("abcd"); d.final(); },
  badPadding: () => { const d = c.createDecipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); d.update(Buffer.alloc(16)); d.final(); },
  shortInput: () => { const d = c.createDecipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); d.update("abc"); d.final(); },
  badKeyLength: () => c.createCipheriv("aes-256-cbc", Buffer.alloc(5), Buffer.alloc(16)),
  badIv: () => c.createCipheriv("aes-256-cbc", Buffer.alloc(32), Buffer.alloc(5)),
  noCipher: () => c.createCipheriv("nope", Buffer.alloc(32), null),
  cipherInfo: () => [c.getCipherInfo("aes-256-cbc"), c.getCipherInfo("aes-128-ctr").keyLength, c.getCipherInfo("nope")],
  cipherStream: async () => {
    const { text, buffer } = require("node:stream/consumers");
    const { Readable } = require("node:stream");
    const key = Buffer.alloc(32, 1), iv = Buffer.alloc(16, 2);
    const secret = await buffer(Readable.from(["ab", "cd"]).pipe(c.createCipheriv("aes-256-cbc", key, iv)));
    return [hex(secret), await text(Readable.from([secret]).pipe(c.createDecipheriv("aes-256-cbc", key, iv)))];
  },

  keyForms: () => [RSA, EC, K1, ED, X].map((key) => {
    const open = c.createPublicKey(key);
    return [key.type, key.asymmetricKeyType, open.export({ type: "spki", format: "pem" }), open.export({ format: "jwk" }), key.export({ type: "pkcs8", format: "der" }).toString("hex"), key.export({ format: "jwk" }), String(key.asymmetricKeyDetails?.namedCurve), String(key.asymmetricKeyDetails?.modulusLength)];
  }),
  oldForms: () => [RSA.export({ type: "pkcs1", format: "pem" }), c.createPublicKey(RSA).export({ type: "pkcs1", format: "pem" }), EC.export({ type: "sec1", format: "pem" }), c.createPrivateKey(EC.export({ type: "sec1", format: "pem" })).equals(EC), c.createPrivateKey(RSA.export({ type: "pkcs1", format: "pem" })).equals(RSA)],
  fromJwk: () => [RSA, EC, ED, X].map((key) => c.createPrivateKey({ key: key.export({ format: "jwk" }), format: "jwk" }).equals(key)),
  fromDer: () => c.createPublicKey({ key: c.createPublicKey(EC).export({ type: "spki", format: "der" }), format: "der", type: "spki" }).equals(c.createPublicKey(EC)),
  encryptedKey: () => [c.createPrivateKey({ key: KEYS.encrypted, passphrase: "secret" }).equals(EC), c.createPrivateKey({ key: EC.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" }), passphrase: "p" }).equals(EC)],
  noPassphrase: () => c.createPrivateKey(KEYS.encrypted),
  badPassphrase: () => c.createPrivateKey({ key: KEYS.encrypted, passphrase: "wrong" }),
  noKey: () => c.createPrivateKey("nonsense"),
  noPublicKey: () => c.createPublicKey("nonsense"),
  secretKey: () => { const key = c.createSecretKey("abcd", "hex"); return [key.type, key.symmetricKeySize, key.export().toString("hex"), key.export({ format: "jwk" }), key.equals(c.createSecretKey(Buffer.from([0xab, 0xcd]))), Object.prototype.toString.call(key)]; },
  certificate: () => { const x = new c.X509Certificate(KEYS.certificate); return [x.subject, x.issuer, x.validFrom, x.validTo, x.serialNumber, x.fingerprint256, x.publicKey.equals(c.createPublicKey(EC)), c.createPublicKey(KEYS.certificate).equals(x.publicKey)]; },

  signatures: () => [
    c.sign("sha256", DATA, RSA).toString("hex"),
    c.createSign("RSA-SHA512").update(DATA).sign(KEYS.rsa, "base64"),
    c.sign(null, DATA, ED).toString("hex"),
  ],
  verifiedFixed: () => KEYS.signatures.map(([key, hash, options, signature]) => c.verify(hash, DATA, { key: c.createPublicKey(KEYS[key]), ...options }, Buffer.from(signature, "base64"))),
  verifiedWrong: () => KEYS.signatures.map(([key, hash, options, signature]) => c.verify(hash, Buffer.from("other"), { key: c.createPublicKey(KEYS[key]), ...options }, Buffer.from(signature, "base64"))),
  signedAndVerified: () => [["rsa", "sha256", { padding: c.constants.RSA_PKCS1_PSS_PADDING }], ["rsa", "sha384", { padding: 6, saltLength: 32 }], ["ec", "sha256", {}], ["ec", "sha512", { dsaEncoding: "ieee-p1363" }], ["secp256k1", "sha256", {}]].map(([key, hash, options]) => c.verify(hash, DATA, { key: KEYS[key], ...options }, c.sign(hash, DATA, { key: KEYS[key], ...options }))),
  verifyStream: () => c.createVerify("SHA256").update("The quick brown fox ").update("jumps over the lazy dog").verify(c.createPublicKey(RSA), c.sign("sha256", DATA, RSA)),
  signLater: async () => (await promisify(c.sign)("sha1", DATA, RSA)).toString("hex"),
  signNoKey: () => c.createSign("sha256").update("x").sign(),
  rsaEncryption: () => [
    KEYS.sealed.map(([options, text]) => c.privateDecrypt({ key: RSA, ...options }, Buffer.from(text, "base64")).toString()),
    c.privateDecrypt(RSA, c.publicEncrypt(c.createPublicKey(RSA), Buffer.from("oaep"))).toString(),
    c.publicDecrypt(c.createPublicKey(RSA), c.privateEncrypt(RSA, Buffer.from("signed"))).toString(),
    c.privateEncrypt(RSA, Buffer.from("signed")).toString("hex"),
  ],
  agreement: () => {
    const one = c.createECDH("prime256v1"), two = c.createECDH("prime256v1");
    one.setPrivateKey("01".repeat(32), "hex");
    two.generateKeys();
    const [a, b] = [c.createDiffieHellman(c.getDiffieHellman("modp5").getPrime()), c.getDiffieHellman("modp5")];
    a.generateKeys();
    b.generateKeys();
    return [one.getPublicKey("hex"), one.getPublicKey("hex", "compressed"), one.computeSecret(two.getPublicKey()).equals(two.computeSecret(one.getPublicKey())), a.computeSecret(b.getPublicKey()).equals(b.computeSecret(a.getPublicKey()))];
  },
  sharedSecret: () => [EC, X].map((key) => c.diffieHellman({ privateKey: key, publicKey: c.createPublicKey(key) }).toString("hex")),
  generated: async () => {
    const made = [["ec", { namedCurve: "P-256" }], ["ed25519", {}], ["x25519", {}]].map(([type, options]) => c.generateKeyPairSync(type, options)).map(({ publicKey, privateKey }) => [publicKey.asymmetricKeyType, c.createPublicKey(privateKey).equals(publicKey)]);
    const { publicKey, privateKey } = await promisify(c.generateKeyPair)("ec", { namedCurve: "secp384r1", publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
    return [...made, publicKey.slice(0, 26), c.createPublicKey(privateKey).export({ type: "spki", format: "pem" }) === publicKey, c.generateKeySync("hmac", { length: 64 }).symmetricKeySize];
  },
  generatedRsa: () => { const { publicKey, privateKey } = c.generateKeyPairSync("rsa", { modulusLength: 512 }); return [publicKey.asymmetricKeyDetails.modulusLength, c.verify("sha256", DATA, publicKey, c.sign("sha256", DATA, privateKey))]; },
  primes: () => [c.checkPrimeSync(97n), c.checkPrimeSync(91n), c.generatePrimeSync(32, { bigint: true }) > 2n ** 31n, c.checkPrimeSync(Buffer.from([7]))],
  badCurve: () => c.createECDH("nope"),
  badType: () => c.generateKeyPairSync("nope"),
  lists: () => [c.getHashes().includes("sha256"), c.getCiphers().includes("aes-256-gcm"), c.getCurves().includes("prime256v1"), c.constants.RSA_PKCS1_OAEP_PADDING, c.webcrypto === crypto, c.subtle === crypto.subtle, c.getFips()],
  scryptAtUsualCost: () => [c.scryptSync("p", "s", 64), c.scryptSync("", "", 32, { N: 65536, maxmem: 2 ** 27 }), c.scryptSync(Buffer.alloc(200, 1), "NaCl", 100, { N: 1024, r: 3, p: 5 })].map((key) => key.toString("hex")),
  scryptCosts: () => [{ N: 0, r: 0, p: 0 }, { N: 16, cost: 16 }, { N: 1.5 }, { N: "16" }, { maxmem: -1 }, { N: 2 ** 20 }, { N: 2 ** 32 }, { r: 2 ** 30, p: 2 }].map((cost) => {
    try {
      return c.scryptSync("p", "s", 8, cost).toString("hex");
    } catch (error) {
      return error.code;
    }
  }),
  cipherPiecesOfText: () => {
    const [key, iv, text] = [Buffer.alloc(16), Buffer.alloc(16), "häé €€€€€€€€€ 😀"];
    const all = c.createCipheriv("aes-128-ctr", key, iv).update(text);
    return ["utf8", "UTF-8", "hex", "base64", "latin1", "utf16le"].map((encoding) => [1, 2, 5, 7].map((size) => {
      const [to, from] = [c.createCipheriv("aes-128-cbc", key, iv), c.createDecipheriv("aes-128-ctr", key, iv)];
      const found = [];
      for (let at = 0; at < all.length; at += size) found.push(to.update(text.slice(at, at + size), "utf8", "base64"), from.update(all.subarray(at, at + size), undefined, encoding));
      return [...found, to.final("base64"), from.final(encoding)];
    }));
  },
  pbkdf2AtUsualCost: () => [c.pbkdf2Sync("p", "s", 100000, 64, "sha512"), c.pbkdf2Sync("p", "s", 100000, 32, "sha256")].map((key) => key.toString("hex")),
  pbkdf2OfSizes: () => [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 300].map((size) => ["sha1", "sha256", "sha384", "sha512"].map((hash) => c.pbkdf2Sync(Buffer.alloc(size, 7), Buffer.alloc(size, 9), 2, 50, hash).toString("hex"))),
};
