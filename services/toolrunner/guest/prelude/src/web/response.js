// Request and Response.
import { Body } from "./body.js";
import { Headers } from "./headers.js";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const NO_BODY = new Set([101, 204, 205, 304]);

function headersFor(init, body) {
  const headers = new Headers(init);
  const type = Body.typeOf(body);
  if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
  return headers;
}

export class Response extends Body {
  constructor(body = null, { status = 200, statusText = "", headers } = {}) {
    if (!(status >= 200 && status <= 599) && status !== 101) {
      throw new RangeError("The status must be from 200 to 599");
    }
    if (body !== null && body !== undefined && NO_BODY.has(status)) {
      throw new TypeError(`A response of status ${status} has no body`);
    }
    super(body);
    this.status = status;
    this.statusText = `${statusText}`;
    this.headers = headersFor(headers, this);
    this.type = "default";
    this.url = "";
    this.redirected = false;
  }
  get ok() {
    return this.status >= 200 && this.status <= 299;
  }
  clone() {
    return newResponse(Body.copyOf(this), this);
  }
  static json(data, init = {}) {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return newResponse(JSON.stringify(data), { ...init, headers });
  }
  static error() {
    const response = newResponse(null);
    Object.assign(response, { status: 0, type: "error" });
    return response;
  }
  static redirect(url, status = 302) {
    if (!REDIRECTS.has(status)) throw new RangeError("A redirect needs a redirect status");
    return newResponse(null, { status, headers: { location: new URL(url).href } });
  }
  get [Symbol.toStringTag]() {
    return "Response";
  }
}

const newResponse = (body, init) => new Response(body, init);

export class Request extends Body {
  constructor(input, init = {}) {
    const from = typeof input === "object" && input !== null && !(input instanceof URL) ? input : {};
    const method = `${init.method ?? from.method ?? "GET"}`.toUpperCase();
    const given = init.body ?? (from instanceof Body ? Body.copyOf(from) : null);
    if (given !== null && (method === "GET" || method === "HEAD")) {
      throw new TypeError(`A request of method ${method} has no body`);
    }
    super(given);
    this.method = method;
    this.url = new URL(from.url ?? input).href;
    this.headers = headersFor(init.headers ?? from.headers, this);
    this.signal = init.signal ?? from.signal ?? new AbortController().signal;
    this.redirect = init.redirect ?? from.redirect ?? "follow";
    this.credentials = init.credentials ?? from.credentials ?? "same-origin";
    this.cache = init.cache ?? from.cache ?? "default";
    this.mode = init.mode ?? from.mode ?? "cors";
    this.keepalive = false;
    this.duplex = "half";
  }
  clone() {
    return newRequest(this);
  }
  get [Symbol.toStringTag]() {
    return "Request";
  }
}

const newRequest = (input) => new Request(input);
