// node:querystring.

const escape = (text) => encodeURIComponent(text);

function unescape(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function parse(text, separator = "&", equals = "=", { maxKeys = 1000 } = {}) {
  const result = Object.create(null);
  const parts = `${text ?? ""}`.split(separator).filter((part) => part !== "");
  for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
    const at = part.indexOf(equals);
    const key = unescape(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : unescape(part.slice(at + equals.length));
    if (!(key in result)) result[key] = value;
    else result[key] = [].concat(result[key], value);
  }
  return result;
}

function stringify(object, separator = "&", equals = "=") {
  const text = (value) => (["string", "number", "boolean", "bigint"].includes(typeof value) ? `${value}` : "");
  return Object.entries(object ?? {})
    .flatMap(([key, value]) => [].concat(value).map((item) => escape(key) + equals + escape(text(item))))
    .join(separator);
}

// Bytes of `%xx`; what is no such escape stays.
function unescapeBuffer(text) {
  return Buffer.from(`${text}`.replace(/%([0-9a-f]{2})/gi, (whole, hex) => String.fromCharCode(Number.parseInt(hex, 16))), "latin1");
}

export default { unescapeBuffer, parse, stringify, escape, unescape, decode: parse, encode: stringify };
