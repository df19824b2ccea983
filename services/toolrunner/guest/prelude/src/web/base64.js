// atob and btoa, between binary strings and base64, and base64 of bytes, implemented by the engine.
import { uncurry } from "../core/primordials.js";
import { DOMException } from "./dom-exception.js";

const decode = Uint8Array.fromBase64;
const encode = uncurry(Uint8Array.prototype.toBase64);
const SYMBOLS = /^[A-Za-z0-9+/]*$/;
const PIECE = 8192;

/** Bytes of base64 text; throws a SyntaxError for anything else. */
export const fromBase64 = (text) => decode(text);

/** Base64 text of bytes. */
export const toBase64 = (bytes) => encode(bytes);

function badCharacter(message) {
  return new DOMException(message, "InvalidCharacterError");
}

/** Base64 of a binary string (characters below U+0100). */
export function btoa(text) {
  if (arguments.length === 0) throw Object.assign(new TypeError('The "input" argument must be specified'), { code: "ERR_MISSING_ARGS" });
  const source = `${text}`;
  const bytes = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code > 255) throw badCharacter("Invalid character");
    bytes[i] = code;
  }
  return toBase64(bytes);
}

/** The binary string of base64 text; white space is ignored, padding optional. */
export function atob(text) {
  if (arguments.length === 0) throw Object.assign(new TypeError('The "input" argument must be specified'), { code: "ERR_MISSING_ARGS" });
  let source = `${text}`.replace(/[\t\n\f\r ]+/g, "");
  if (source.length % 4 === 0) source = source.replace(/==?$/, "");
  if (source.length % 4 === 1 || !SYMBOLS.test(source)) {
    throw badCharacter("The string to be decoded is not correctly encoded.");
  }
  const bytes = fromBase64(source);
  let result = "";
  for (let i = 0; i < bytes.length; i += PIECE) result += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  return result;
}
