// crypto: random bytes come from the host's seed of this call.
import { DOMException } from "./dom-exception.js";
import { createSubtle } from "./subtle/subtle.js";

const QUOTA = 65_536;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const INTEGERS = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array,
];

function formatUuid(bytes) {
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let text = "";
  for (let i = 0; i < 16; i++) {
    text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + HEX[bytes[i]];
  }
  return text;
}

/** Makes `{crypto, Crypto, SubtleCrypto}` over a source of random bytes; `unpack` gives packages. */
export function createCrypto(randomBytes, unpack) {
  const { SubtleCrypto, subtle } = createSubtle(unpack);

  class Crypto {
    constructor() {
      throw Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
    }
    get subtle() {
      return subtle;
    }
    getRandomValues(view) {
      if (!INTEGERS.some((ArrayClass) => view instanceof ArrayClass)) {
        throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
      }
      if (view.byteLength > QUOTA) {
        const message = `The requested length exceeds ${QUOTA.toLocaleString("en-US")} bytes`;
        throw new DOMException(message, "QuotaExceededError");
      }
      const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      target.set(new Uint8Array(randomBytes(view.byteLength)));
      return view;
    }
    randomUUID() {
      return formatUuid(new Uint8Array(randomBytes(16)));
    }
    get [Symbol.toStringTag]() {
      return "Crypto";
    }
  }
  return { crypto: Object.create(Crypto.prototype), Crypto, SubtleCrypto };
}
