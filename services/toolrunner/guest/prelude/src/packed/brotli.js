// Brotli and Zstandard, decoders only.
export { decompress as brotli } from "brotli/decompress.js";
export { Decompress as Zstandard } from "fzstd";
