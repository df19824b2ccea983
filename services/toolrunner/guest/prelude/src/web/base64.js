// atob and btoa: between binary strings and base64.
import { fromByteArray, toByteArray } from "base64-js";
import { DOMException } from "./dom-exception.js";

const SYMBOLS = /^[A-Za-z0-9+/]*$/;

function bad() {
  return new DOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
}

/** Base64 of a string of characters below U+0100. */
export function btoa(text) {
  const source = `${text}`;
  const bytes = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code > 255) throw new DOMException("Invalid character", "InvalidCharacterError");
    bytes[i] = code;
  }
  return fromByteArray(bytes);
}

/** The binary string that base64 text stands for; white space is ignored, padding optional. */
export function atob(text) {
  let source = `${text}`.replace(/[\t\n\f\r ]+/g, "");
  if (source.length % 4 === 0) source = source.replace(/==?$/, "");
  if (source.length % 4 === 1 || !SYMBOLS.test(source)) throw bad();
  const bytes = toByteArray(source.padEnd(Math.ceil(source.length / 4) * 4, "="));
  let result = "";
  for (let i = 0; i < bytes.length; i += 4096) {
    result += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return result;
}
