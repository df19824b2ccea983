// Undoes the compression of a chunk of locale data.
import { inflateRaw } from "pako";
import { charCodeAt } from "../core/primordials.js";

/** The bytes of a chunk, kept as characters; `dictionary` is what it was compressed against. */
export function inflateBytes(binary, dictionary) {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = charCodeAt(binary, i);
  return inflateRaw(bytes, dictionary === undefined ? {} : { dictionary });
}
