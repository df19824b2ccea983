// Headers of requests and responses by Node's rules: which are valid, and how repeated ones join.
import { codedError, invalidArgument } from "./errors.js";

const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;
const INVALID_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
// Headers of which a response has one, the first.
const SINGLE = new Set(
  (
    "age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since " +
    "last-modified location max-forwards proxy-authorization referer retry-after server user-agent"
  ).split(" "),
);

export function validateHeaderName(name, label = "Header name") {
  if (typeof name === "string" && TOKEN.test(name)) return;
  throw codedError("ERR_INVALID_HTTP_TOKEN", `${label} must be a valid HTTP token ["${name}"]`, TypeError);
}

export function validateHeaderValue(name, value) {
  if (value === undefined) {
    throw codedError("ERR_HTTP_INVALID_HEADER_VALUE", `Invalid value "${value}" for header "${name}"`, TypeError);
  }
  if (INVALID_VALUE.test(value)) {
    throw codedError("ERR_INVALID_CHAR", `Invalid character in header content ["${name}"]`, TypeError);
  }
}

/** The headers of a request: by lower-case name, with the name as it was given. */
export class HeaderStore {
  #entries = new Map();

  set(name, value) {
    validateHeaderName(name);
    for (const each of Array.isArray(value) ? value : [value]) validateHeaderValue(name, each);
    this.#entries.set(name.toLowerCase(), [name, value]);
  }
  append(name, value) {
    const before = this.get(name);
    if (before === undefined) this.set(name, value);
    else this.set(this.#entries.get(name.toLowerCase())[0], [before, value].flat());
  }
  get(name) {
    return this.#entries.get(name.toLowerCase())?.[1];
  }
  has(name) {
    return this.#entries.has(name.toLowerCase());
  }
  delete(name) {
    this.#entries.delete(name.toLowerCase());
  }
  names() {
    return [...this.#entries.keys()];
  }
  rawNames() {
    return Array.from(this.#entries.values(), ([name]) => name);
  }
  object() {
    const headers = Object.create(null);
    for (const [name, [, value]] of this.#entries) headers[name] = value;
    return headers;
  }
  /** Pairs of name and text, one for each line. */
  lines() {
    const lines = [];
    for (const [lower, [name, value]] of this.#entries) {
      if (!Array.isArray(value)) lines.push([name, `${value}`]);
      else if (lower === "cookie") lines.push([name, value.join("; ")]);
      else for (const each of value) lines.push([name, `${each}`]);
    }
    return lines;
  }
}

/** Sets headers given as an object, a flat list, or a list of pairs. */
export function setAll(store, headers) {
  if (headers === undefined || headers === null) return;
  if (!Array.isArray(headers)) {
    for (const name of Object.keys(headers)) store.set(name, headers[name]);
    return;
  }
  if (headers.length > 0 && !Array.isArray(headers[0])) {
    if (headers.length % 2 !== 0) throw codedError("ERR_INVALID_ARG_VALUE", "The argument 'headers' is invalid.", TypeError);
    for (let i = 0; i < headers.length; i += 2) store.append(headers[i], headers[i + 1]);
    return;
  }
  for (const pair of headers) {
    if (pair.length !== 2) throw invalidArgument("headers", "an Array of pairs", pair);
    store.append(pair[0], pair[1]);
  }
}

function join(headers, name, value) {
  const before = headers[name];
  if (name === "set-cookie") {
    if (before === undefined) headers[name] = [value];
    else before.push(value);
  } else if (before === undefined) headers[name] = value;
  else if (name === "cookie") headers[name] = `${before}; ${value}`;
  else if (!SINGLE.has(name)) headers[name] = `${before}, ${value}`;
}

/** The members of a response for its header lines. */
export function joined(lines) {
  const headers = {};
  const headersDistinct = Object.create(null);
  const rawHeaders = [];
  for (const [given, value] of lines) {
    const name = given.toLowerCase();
    rawHeaders.push(given, value);
    (headersDistinct[name] ??= []).push(value);
    join(headers, name, value);
  }
  return { headers, headersDistinct, rawHeaders };
}
