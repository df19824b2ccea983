// node:buffer around the global Buffer.
const base = require("sandbox").baseBuffer();
const { blobOfUrl } = require("sandbox");

const ENCODINGS = ["utf8", "ucs2", "utf16le", "latin1", "ascii"];
const bytesOf = (input) => (ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input));

function isUtf8(input) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(input)) !== undefined;
  } catch {
    return false;
  }
}

function transcode(source, from, to) {
  if (!(source instanceof Uint8Array)) throw Object.assign(new TypeError('The "source" argument must be an instance of Buffer or Uint8Array.'), { code: "ERR_INVALID_ARG_TYPE" });
  const plain = (name) => `${name}`.toLowerCase().replace("-", "").replace("binary", "latin1");
  const [before, after] = [plain(from), plain(to)];
  if (!ENCODINGS.includes(before) || !ENCODINGS.includes(after)) {
    throw Object.assign(new Error("Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]"), { code: "U_ILLEGAL_ARGUMENT_ERROR", errno: 1 });
  }
  const text = Buffer.from(source).toString(before);
  const limit = after === "ascii" ? 0x7f : after === "latin1" ? 0xff : Infinity;
  return Buffer.from(Array.from(text, (each) => (each.codePointAt(0) > limit ? "?" : each)).join(""), after);
}

function SlowBuffer(length) {
  return base.SlowBuffer(length);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

const MOST = 2 ** 29 - 24;
module.exports = {
  Blob, File, Buffer, SlowBuffer, atob, btoa, isUtf8, transcode,
  INSPECT_MAX_BYTES: base.INSPECT_MAX_BYTES,
  constants: { MAX_LENGTH: base.kMaxLength, MAX_STRING_LENGTH: MOST },
  isAscii: (input) => bytesOf(input).every((byte) => byte < 0x80),
  kMaxLength: base.kMaxLength,
  kStringMaxLength: MOST,
  resolveObjectURL: (url) => blobOfUrl(`${url}`),
};
