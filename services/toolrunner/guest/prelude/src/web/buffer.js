// Node's Buffer, from the package `buffer`, plus base64url, which that package lacks.
import { Buffer, kMaxLength, SlowBuffer } from "buffer/";

const isUrl = (encoding) => `${encoding}`.toLowerCase() === "base64url";
const { from, byteLength, isEncoding, alloc } = Buffer;
const { toString, write, fill } = Buffer.prototype;
const toStandard = (text) => text.replaceAll("-", "+").replaceAll("_", "/");
const toUrl = (text) => text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

Buffer.isEncoding = (encoding) => isUrl(encoding) || isEncoding(encoding);
Buffer.from = function (value, encoding, length) {
  return typeof value === "string" && isUrl(encoding) ? from(toStandard(value), "base64") : from(value, encoding, length);
};
Buffer.alloc = (size, content, encoding) =>
  isUrl(encoding) ? alloc(size, Buffer.from(content, encoding)) : alloc(size, content, encoding);
Buffer.byteLength = (value, encoding) =>
  typeof value === "string" && isUrl(encoding) ? byteLength(toStandard(value), "base64") : byteLength(value, encoding);
Buffer.prototype.toString = function (encoding, start, end) {
  if (isUrl(encoding)) return toUrl(toString.call(this, "base64", start, end));
  return arguments.length === 0 ? toString.call(this) : toString.call(this, encoding, start, end);
};
Buffer.prototype.toLocaleString = Buffer.prototype.toString;
Buffer.prototype.write = function (text, offset, length, encoding) {
  const last = [offset, length, encoding].findLast((value) => typeof value === "string");
  if (last === undefined || !isUrl(last)) return write.call(this, ...Array.prototype.slice.call(arguments));
  const numbers = [offset, length].filter((value) => typeof value === "number");
  return write.call(this, toStandard(text), ...numbers, "base64");
};
Buffer.prototype.fill = function (value, start, end, encoding) {
  const last = [start, end, encoding].findLast((each) => typeof each === "string");
  if (last === undefined || !isUrl(last)) return fill.call(this, ...Array.prototype.slice.call(arguments));
  const numbers = [start, end].filter((each) => typeof each === "number");
  return fill.call(this, Buffer.from(value, last), ...numbers);
};

// Node's methods for one encoding each, which clients call for speed.
for (const [name, encoding] of Object.entries({
  ascii: "ascii", base64: "base64", base64url: "base64url", hex: "hex", latin1: "latin1", ucs2: "utf16le", utf8: "utf8",
})) {
  const define = (key, value) => Object.defineProperty(Buffer.prototype, key, { value, writable: true, configurable: true });
  define(`${name}Slice`, { slice(start, end) { return this.toString(encoding, start, end); } }.slice);
  define(`${name}Write`, { write(text, offset = 0, length = this.length - offset) { return this.write(text, offset, length, encoding); } }.write);
}

export { Buffer, kMaxLength, SlowBuffer };
