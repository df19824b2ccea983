// Undoes the compression of a chunk of locale data.
import { inflateRaw } from "pako";

/** The bytes of a chunk; `dictionary` is what it was compressed against. */
export const inflateBytes = (bytes, dictionary) => inflateRaw(bytes, dictionary === undefined ? {} : { dictionary });
