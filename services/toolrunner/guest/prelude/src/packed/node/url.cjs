// node:url: Node's legacy parser from the package `url`, and what belongs to the WHATWG URL.
const legacy = require("url/");

const invalid = (message, code) => Object.assign(new TypeError(message), { code });

function urlOf(value) {
  const url = typeof value === "string" ? new URL(value) : value;
  if (typeof url?.href !== "string") throw invalid('The "path" argument must be of type string or an instance of URL.', "ERR_INVALID_ARG_TYPE");
  if (url.protocol !== "file:") throw invalid("The URL must be of scheme file", "ERR_INVALID_URL_SCHEME");
  if (url.hostname !== "") throw invalid('File URL host must be "localhost" or empty on linux', "ERR_INVALID_FILE_URL_HOST");
  if (/%2f/i.test(url.pathname)) throw invalid("File URL path must not include encoded / characters", "ERR_INVALID_FILE_URL_PATH");
  return url;
}

function pathToFileURL(path) {
  if (typeof path !== "string") throw invalid('The "path" argument must be of type string.', "ERR_INVALID_ARG_TYPE");
  const { resolve } = require("path");
  const whole = resolve(path) + (path.endsWith("/") && resolve(path) !== "/" ? "/" : "");
  const ENCODED = { "%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D", "\t": "%09", "?": "%3F", "#": "%23" };
  return new URL(`file://${whole.replace(/[%\\\n\r\t?#]/g, (each) => ENCODED[each])}`);
}

function formatUrl(url, { fragment = true, search = true, auth = true, unicode = false } = {}) {
  const copy = new URL(url.href);
  if (!fragment) copy.hash = "";
  if (!search) copy.search = "";
  if (!auth) copy.username = copy.password = "";
  return unicode ? copy.href.replace(copy.hostname, domainToUnicode(copy.hostname)) : copy.href;
}

const canBeHost = (domain) => URL.canParse(`ws://${domain}`);
const domainToASCII = (domain) => (canBeHost(domain) ? new URL(`ws://${domain}`).hostname : "");
function domainToUnicode(domain) {
  return canBeHost(domain) ? require("punycode").toUnicode(new URL(`ws://${domain}`).hostname) : "";
}

function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null, ...url, protocol: url.protocol, hostname: hostname?.startsWith("[") ? hostname.slice(1, -1) : hostname,
    hash: url.hash, search, pathname, path: `${pathname || ""}${search || ""}`, href: url.href,
  };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

// Node has null where nothing is asked for, though the query is parsed.
function parse(url, ...rest) {
  const parsed = legacy.parse(url, ...rest);
  if (parsed.search === "" && !parsed.href.includes("?")) parsed.search = null;
  return parsed;
}

module.exports = {
  Url: legacy.Url,
  parse,
  resolve: legacy.resolve,
  resolveObject: legacy.resolveObject,
  format: (url, options) => (url instanceof URL ? formatUrl(url, options) : legacy.format(url)),
  URL,
  URLPattern,
  URLSearchParams,
  domainToASCII,
  domainToUnicode,
  pathToFileURL,
  fileURLToPath: (value) => decodeURIComponent(urlOf(value).pathname),
  fileURLToPathBuffer: (value) => Buffer.from(urlOf(value).pathname.replace(/%([0-9a-f]{2})/gi, (whole, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1"),
  urlToHttpOptions,
};
