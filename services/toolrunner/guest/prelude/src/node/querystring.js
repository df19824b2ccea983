// node:querystring.

const escape = (text) => encodeURIComponent(text);

// What is no valid text stays bytes, of which the decoder makes what it can.
function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}
const plain = (text) => querystring.unescape(text.replaceAll("+", " "));

function parse(text, givenSeparator, givenEquals, { maxKeys = 1000, decodeURIComponent: decode } = {}) {
  const result = Object.create(null);
  const [separator, equals] = [givenSeparator || "&", givenEquals || "="];
  const decoded = typeof decode === "function" ? (part) => decode(part.replaceAll("+", " ")) : plain;
  const parts = `${text ?? ""}`.split(separator).filter((part) => part !== "");
  for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
    const at = part.indexOf(equals);
    const key = decoded(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : decoded(part.slice(at + equals.length));
    if (!(key in result)) result[key] = value;
    else result[key] = [].concat(result[key], value);
  }
  return result;
}

function textOf(value) {
  if (typeof value === "number") return Number.isFinite(value) ? `${value}` : "";
  return ["string", "boolean", "bigint"].includes(typeof value) ? `${value}` : "";
}

function stringify(object, separator, equals, { encodeURIComponent: encode = querystring.escape } = {}) {
  if (typeof object !== "object" || object === null) return "";
  return Object.entries(object)
    .flatMap(([key, value]) => [].concat(value).map((item) => encode(key) + (equals || "=") + encode(textOf(item))))
    .join(separator || "&");
}

// Bytes of `%xx`; what is no such escape stays.
function unescapeBuffer(text) {
  return Buffer.from(`${text}`.replace(/%([0-9a-f]{2})/gi, (whole, hex) => String.fromCharCode(Number.parseInt(hex, 16))), "latin1");
}

const querystring = { unescapeBuffer, parse, stringify, escape, unescape, decode: parse, encode: stringify };

export default querystring;
