// Bytes of arguments, checks of them, and errors in Node's terms, for all of node:crypto.

const coded = (ErrorClass, code, message) => Object.assign(new ErrorClass(message), { code });

function shown(value) {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "Object"}`;
  return `type ${typeof value} (${typeof value === "string" ? `'${value}'` : String(value)})`;
}

const invalidType = (name, expected, value) =>
  coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" argument must be ${expected}. Received ${shown(value)}`);

const isBytes = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

/** The bytes of a text, a buffer or a view, without a copy where there is one. */
function bytesOf(data, encoding, name = "data") {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? "utf8" : encoding);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidType(name, "of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView", data);
}

/** A Buffer, or its text in an encoding. */
function output(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === null || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

function checkInteger(value, name, low, high) {
  if (typeof value !== "number") throw invalidType(name, "of type number", value);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  const expected = Number.isInteger(value) ? `>= ${low} && <= ${high}` : "an integer";
  throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${expected}. Received ${value}`);
}

function checkCallback(callback) {
  if (typeof callback !== "function") throw invalidType("callback", "of type function", callback);
}

/** Calls back with the result of `make`, or its error, after the caller has gone on. */
function later(callback, make) {
  checkCallback(callback);
  let result;
  try {
    result = make();
  } catch (error) {
    process.nextTick(callback, error);
    return;
  }
  process.nextTick(callback, null, ...(Array.isArray(result) ? result : [result]));
}

const sameBytes = (one, two) => one.length === two.length && one.every((byte, i) => byte === two[i]);
const opensslError = (message, code, extra) => Object.assign(new Error(message), { code, ...extra });

module.exports = { bytesOf, checkCallback, checkInteger, coded, invalidType, isBytes, later, opensslError, output, sameBytes };
