// crypto: random bytes come from the host's seed of this call; of `subtle` there is `digest`.
import { notAvailable } from "../core/errors.js";
import { digestOf, isHash } from "./digests.js";
import { DOMException } from "./dom-exception.js";

const QUOTA = 65_536;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function formatUuid(bytes) {
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let text = "";
  for (let i = 0; i < 16; i++) {
    text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + HEX[bytes[i]];
  }
  return text;
}

async function digest(algorithm, data) {
  const name = typeof algorithm === "object" ? algorithm?.name : algorithm;
  if (!isHash(name)) throw new DOMException(`Unrecognized digest ${name}`, "NotSupportedError");
  const view = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return digestOf(name).update(bytes).digest().slice().buffer;
}

/** Makes `{getRandomValues, randomUUID, subtle}` over a source of random bytes. */
export function createCrypto(randomBytes) {
  const subtle = new Proxy({ digest }, {
    get: (object, key) => {
      if (typeof key === "symbol" || key === "then") return undefined;
      if (Object.hasOwn(object, key)) return object[key];
      return () => Promise.reject(notAvailable(`crypto.subtle.${key} is not available in the sandbox`));
    },
  });
  return {
    subtle,
    getRandomValues(view) {
      if (!ArrayBuffer.isView(view) || view instanceof Float32Array || view instanceof Float64Array) {
        throw new DOMException("An integer typed array is needed", "TypeMismatchError");
      }
      if (view.byteLength > QUOTA) {
        throw new DOMException(`At most ${QUOTA} bytes at a time`, "QuotaExceededError");
      }
      const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      target.set(new Uint8Array(randomBytes(view.byteLength)));
      return view;
    },
    randomUUID: () => formatUuid(new Uint8Array(randomBytes(16))),
  };
}
