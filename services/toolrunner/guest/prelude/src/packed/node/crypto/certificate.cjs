// X.509 certificates: what programs read of them, and the key within.
const { der: asn, digestOf, notAvailable } = require("sandbox");
const { bytesOf, invalidType } = require("./bytes.cjs");
const { blocksOf, toPem } = require("./pem.cjs");

const { der, INTEGER, contentAt, itemsOf, only, SEQUENCE } = asn;
const NAMES = { "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.5": "serialNumber", "1.2.840.113549.1.9.1": "emailAddress" };
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function idOf(bytes) {
  const numbers = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else numbers.push(value);
    value = 0;
  }
  return numbers.join(".");
}

// Version, serial number, signature, issuer, validity, subject, key.
function fieldsOf(bytes) {
  const body = itemsOf(contentAt(itemsOf(only(bytes, SEQUENCE)), 0, SEQUENCE));
  const [serial, , issuer, validity, subject, key] = body[0].tag === 0xa0 ? body.slice(1) : body;
  return { serial, issuer, validity, subject, key };
}

const keyOfCertificate = (bytes) => der(SEQUENCE, contentAt([fieldsOf(bytes).key], 0, SEQUENCE));

function nameOf({ content }) {
  return itemsOf(content)
    .map((set) => itemsOf(itemsOf(set.content)[0].content))
    .map(([id, value]) => `${NAMES[idOf(id.content)] ?? idOf(id.content)}=${Buffer.from(value.content).toString(value.tag === 0x1e ? "utf16le" : "utf8")}`)
    .join("\n");
}

function dateOf({ tag, content }) {
  const text = Buffer.from(content).toString("latin1");
  const long = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  return new Date(long.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

const two = (number) => `${number}`.padStart(2, "0");
const shownDate = (date) =>
  `${MONTHS[date.getUTCMonth()]} ${`${date.getUTCDate()}`.padStart(2)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${date.getUTCFullYear()} GMT`;

class X509Certificate {
  #bytes;
  #fields;
  constructor(input) {
    if (typeof input !== "string" && !ArrayBuffer.isView(input) && !(input instanceof ArrayBuffer)) throw invalidType("buffer", "of type string or an instance of Buffer, TypedArray, or DataView", input);
    const bytes = bytesOf(input);
    this.#bytes = blocksOf(Buffer.from(bytes).toString("latin1"))[0]?.bytes ?? new Uint8Array(bytes);
    try {
      this.#fields = fieldsOf(this.#bytes);
    } catch {
      throw Object.assign(new Error("error:0680007B:asn1 encoding routines::header too long"), { code: "ERR_OSSL_ASN1_HEADER_TOO_LONG" });
    }
  }
  get raw() {
    return Buffer.from(this.#bytes);
  }
  get subject() {
    return nameOf(this.#fields.subject);
  }
  get issuer() {
    return nameOf(this.#fields.issuer);
  }
  get serialNumber() {
    return Buffer.from(contentAt([this.#fields.serial], 0, INTEGER)).toString("hex").replace(/^00(?=..)/, "").toUpperCase();
  }
  get validFromDate() {
    return dateOf(itemsOf(this.#fields.validity.content)[0]);
  }
  get validToDate() {
    return dateOf(itemsOf(this.#fields.validity.content)[1]);
  }
  get validFrom() {
    return shownDate(this.validFromDate);
  }
  get validTo() {
    return shownDate(this.validToDate);
  }
  #print(hash) {
    return Buffer.from(digestOf(hash).update(this.#bytes).digest()).toString("hex").toUpperCase().match(/../g).join(":");
  }
  get fingerprint() {
    return this.#print("sha1");
  }
  get fingerprint256() {
    return this.#print("sha256");
  }
  get fingerprint512() {
    return this.#print("sha512");
  }
  get publicKey() {
    return require("./keys.cjs").createPublicKey({ key: Buffer.from(keyOfCertificate(this.#bytes)), format: "der", type: "spki" });
  }
  toString() {
    return toPem("CERTIFICATE", this.#bytes);
  }
  toJSON() {
    return this.toString();
  }
}
// What needs extensions of the certificate, or trust, is not here: no answer rather than a wrong one.
for (const name of ["subjectAltName", "infoAccess", "keyUsage", "ca", "issuerCertificate", "signatureAlgorithm", "signatureAlgorithmOid"]) {
  Object.defineProperty(X509Certificate.prototype, name, { configurable: true, get() { throw lacking(name); } });
}
for (const name of ["checkHost", "checkEmail", "checkIP", "checkIssued", "checkPrivateKey", "verify", "toLegacyObject"]) {
  Object.defineProperty(X509Certificate.prototype, name, { configurable: true, writable: true, value() { throw lacking(name); } });
}
const lacking = (name) => notAvailable(`X509Certificate.${name} of Node is not available in the sandbox`);

module.exports = { keyOfCertificate, X509Certificate };
