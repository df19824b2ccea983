// util.styleText and util.parseEnv.
const { inspect } = require("./util-inspect.cjs");

const CODES = inspect.colors;
const ALIASES = {
  grey: "gray", blackBright: "gray", bgGrey: "bgGray", bgBlackBright: "bgGray", faint: "dim", crossedout: "strikethrough",
  strikeThrough: "strikethrough", crossedOut: "strikethrough", conceal: "hidden", swapColors: "inverse", swapcolors: "inverse",
  doubleUnderline: "doubleunderline",
};

function invalidValue(name, value, rest = "") {
  return Object.assign(new TypeError(`The argument '${name}' must be one of: ${Object.keys(CODES).map((each) => `'${each}'`).join(", ")}${rest}. Received ${inspect(value)}`), { code: "ERR_INVALID_ARG_VALUE" });
}

// A stream that is no terminal takes no colours, unless the environment forces them.
function isPlain(stream) {
  const { FORCE_COLOR, NO_COLOR, NODE_DISABLE_COLORS } = process.env;
  if (FORCE_COLOR !== undefined) return !["", "1", "true", "2", "3"].includes(FORCE_COLOR);
  if (NO_COLOR || NODE_DISABLE_COLORS) return true;
  return !stream?.isTTY;
}

function styleText(format, text, { validateStream = true, stream = process.stdout } = {}) {
  if (typeof text !== "string") throw Object.assign(new TypeError('The "text" argument must be of type string.'), { code: "ERR_INVALID_ARG_TYPE" });
  if (validateStream && (typeof stream !== "object" || stream === null || typeof stream.write !== "function")) {
    throw Object.assign(new TypeError('The "stream" argument must be an instance of ReadableStream, WritableStream, or Stream.'), { code: "ERR_INVALID_ARG_TYPE" });
  }
  const names = Array.isArray(format) ? format : [format];
  const codes = names.filter((name) => name !== "none").map((name) => {
    const code = Object.hasOwn(CODES, name) ? CODES[name] : CODES[ALIASES[name]];
    if (code === undefined) throw invalidValue("format", name);
    return code;
  });
  if (validateStream && isPlain(stream)) return text;
  const open = codes.map(([start]) => `\u001b[${start}m`).join("");
  const close = codes.map(([, end]) => `\u001b[${end}m`).reverse().join("");
  return `${open}${text}${close}`;
}

const LINE = /^[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*(?:"((?:[^"])*)"|'([^']*)'|`([^`]*)`|([^\n#]*))[^\n]*$/gm;

function parseEnv(content) {
  if (typeof content !== "string") throw Object.assign(new TypeError('The "content" argument must be of type string.'), { code: "ERR_INVALID_ARG_TYPE" });
  const result = {};
  for (const [, name, double, single, back, plain] of content.replaceAll("\r\n", "\n").matchAll(LINE)) {
    if (double !== undefined) result[name] = double.replaceAll("\\n", "\n");
    else result[name] = single ?? back ?? plain.trim();
  }
  return result;
}

module.exports = { parseEnv, styleText };
