// zlib in JavaScript.
export { Deflate, Inflate } from "pako";
