// What a request asks for, from the arguments of `http.request`: checked as Node checks them.
import { codedError, invalidArgument, invalidUrl } from "./errors.js";
import { validateHeaderName } from "./headers.js";

const BAD_PATH = /[^\u0021-\u00ff]/;

/** The options that a URL stands for. */
export function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search, hash, protocol, href } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    hash,
    search,
    pathname,
    path: `${pathname || ""}${search || ""}`,
    href,
  };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

const isUrl = (value) => value instanceof URL || (typeof value?.href === "string" && value.searchParams !== undefined);

/** `[options, callback]` of the arguments `(url, options, callback)`, of which each may be missing. */
export function optionsOf(input, options, callback) {
  let base = {};
  if (typeof input === "string") {
    if (!URL.canParse(input)) throw invalidUrl(input);
    base = urlToHttpOptions(new URL(input));
  } else if (isUrl(input)) base = urlToHttpOptions(input);
  else return [{ __proto__: null, ...input }, options];
  if (typeof options === "function") return [base, options];
  return [Object.assign(base, options), callback];
}

function hostOf(value, name) {
  if (value !== null && value !== undefined && typeof value !== "string") {
    throw invalidArgument(`options.${name}`, "of type string or one of undefined or null", value);
  }
  return value;
}

function durationOf(value, name) {
  if (typeof value !== "number") throw invalidArgument(name, "of type number", value);
  if (!(value >= 0 && Number.isFinite(value))) {
    throw codedError(
      "ERR_OUT_OF_RANGE",
      `The value of "${name}" is out of range. It must be a non-negative finite number. Received ${value}`,
      RangeError,
    );
  }
  return value;
}

function methodOf(method) {
  if (method === undefined || method === null || method === "") return "GET";
  if (typeof method !== "string") throw invalidArgument("options.method", "of type string", method);
  validateHeaderName(method, "Method");
  return method.toUpperCase();
}

function agentOf({ agent, createConnection }, defaultAgent) {
  if (typeof createConnection === "function" && !agent && agent !== false) return undefined;
  if (agent === false) return new defaultAgent.constructor();
  if (agent === null || agent === undefined) return defaultAgent;
  if (typeof agent.addRequest !== "function") {
    throw invalidArgument("options.agent", "one of Agent-like Object, undefined, or false", agent);
  }
  return agent;
}

/** Where a request goes: `{agent, protocol, host, port, defaultPort, path, method, timeout}`. */
export function targetOf(options, defaultAgent) {
  const agent = agentOf(options, defaultAgent);
  const protocol = options.protocol || defaultAgent.protocol;
  // agent-base, below most proxy agents, tells its protocol from the stack.
  const expected = typeof agent?.isSecureEndpoint === "function" ? protocol : (agent?.protocol ?? defaultAgent.protocol);
  if (options.path && BAD_PATH.test(String(options.path))) {
    throw codedError("ERR_UNESCAPED_CHARACTERS", "Request path contains unescaped characters", TypeError);
  }
  if (protocol !== expected) {
    throw codedError("ERR_INVALID_PROTOCOL", `Protocol "${protocol}" not supported. Expected "${expected}"`, TypeError);
  }
  const { defaultPort = (agent ?? defaultAgent).defaultPort } = options;
  return {
    agent,
    protocol,
    defaultPort,
    port: options.port || defaultPort || 80,
    host: hostOf(options.hostname, "hostname") || hostOf(options.host, "host") || "localhost",
    path: options.path || "/",
    method: methodOf(options.method),
    timeout: options.timeout === undefined ? undefined : durationOf(options.timeout, "timeout"),
  };
}

/** Host and port as the Host header has them. */
export function authorityOf({ host, port, defaultPort }) {
  const name = host.includes(":") && !host.startsWith("[") && host.indexOf(":") !== host.lastIndexOf(":") ? `[${host}]` : host;
  return port && +port !== defaultPort ? `${name}:${port}` : name;
}
