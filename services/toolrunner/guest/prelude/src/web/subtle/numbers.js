// Conversions between bytes, big integers and base64url.
import { uncurry } from "../../core/primordials.js";
import { DOMException } from "../dom-exception.js";

const encodeHex = uncurry(Uint8Array.prototype.toHex);
const encode = uncurry(Uint8Array.prototype.toBase64);
const decode = Uint8Array.fromBase64;
const decodeHex = Uint8Array.fromHex;

export const toBigInt = (bytes) => (bytes.length === 0 ? 0n : BigInt(`0x${encodeHex(bytes)}`));

/** Big-endian bytes of a number, padded to `length` if given. */
export function toBytes(number, length) {
  const hex = number.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return decodeHex(length === undefined ? even : even.padStart(length * 2, "0"));
}

export const toBase64Url = (bytes) => encode(bytes, { alphabet: "base64url", omitPadding: true });

/** The bytes of a member of a JWK; throws a DataError. */
export function fromBase64Url(text, name) {
  try {
    if (typeof text !== "string") throw new TypeError("no text");
    return decode(text, { alphabet: "base64url" });
  } catch {
    throw new DOMException(`Invalid keyData: JWK "${name}" is not base64url`, "DataError");
  }
}

/** base ** exponent mod modulus. */
export function powerOf(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
