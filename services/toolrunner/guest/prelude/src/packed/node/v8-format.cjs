// The tags of V8's serialisation, format version 15.

const VERSION = 15;
const HEADER = 0xff;
const TAG = Object.fromEntries(
  Object.entries({
    undefined: "_", null: "0", true: "T", false: "F", int: "I", uint: "U", double: "N", bigint: "Z", latin: '"', wide: "c", utf8: "S",
    padding: "\0", object: "o", objectEnd: "{", dense: "A", denseEnd: "$", sparse: "a", sparseEnd: "@", hole: "-", reference: "^",
    date: "D", trueObject: "y", falseObject: "x", numberObject: "n", bigintObject: "z", stringObject: "s", regexp: "R",
    map: ";", mapEnd: ":", set: "'", setEnd: ",", buffer: "B", view: "V", error: "r", host: "\\",
  }).map(([name, character]) => [name, character.charCodeAt(0)]),
);
const VIEWS = { b: Int8Array, B: Uint8Array, C: Uint8ClampedArray, w: Int16Array, W: Uint16Array, d: Int32Array, D: Uint32Array, f: Float32Array, F: Float64Array, q: BigInt64Array, Q: BigUint64Array, "?": DataView };
const ERRORS = { E: EvalError, R: RangeError, F: ReferenceError, S: SyntaxError, T: TypeError, U: URIError };
const FLAGS = "gimyus";

module.exports = { VERSION, HEADER, TAG, VIEWS, ERRORS, FLAGS };
