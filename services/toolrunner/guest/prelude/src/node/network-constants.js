// Harmless members of the network modules that programs read or construct while they load.

class Agent {
  constructor(options = {}) {
    this.options = options;
    this.maxSockets = options.maxSockets ?? Infinity;
  }
  on() {
    return this;
  }
  destroy() {}
}

const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const STATUS_CODES = {
  200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
  301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
  307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
  402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
  406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
  413: "Payload Too Large", 415: "Unsupported Media Type", 418: "I'm a Teapot",
  422: "Unprocessable Entity", 425: "Too Early", 429: "Too Many Requests",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
  503: "Service Unavailable", 504: "Gateway Timeout",
};

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const V4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

function isIPv6(text) {
  return `${text}`.includes(":") && URL.canParse(`http://[${text}]/`);
}

const isIPv4 = (text) => V4.test(`${text}`);
const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);

function validateHeaderName(name) {
  new Headers([[name, ""]]);
}

function validateHeaderValue(name, value) {
  new Headers([[name, value]]);
}

export const http = {
  Agent,
  globalAgent: new Agent(),
  METHODS,
  STATUS_CODES,
  maxHeaderSize: 16_384,
  validateHeaderName,
  validateHeaderValue,
};
export const net = { isIP, isIPv4, isIPv6 };
