// Errors of Node's network modules: those of wrong arguments, and those of a connection.
import { guest } from "./guest.js";

// fetch's names for what sockets call otherwise.
const OF_SOCKETS = {
  __proto__: null,
  UND_ERR_HEADERS_TIMEOUT: "ETIMEDOUT",
  UND_ERR_BODY_TIMEOUT: "ETIMEDOUT",
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
};

/** An error with a code, as those that Node throws for wrong arguments. */
export function codedError(code, message, ErrorClass = Error) {
  const error = new ErrorClass(message);
  Object.defineProperty(error, "stack", { value: `${error.stack}`, writable: true, configurable: true });
  return Object.assign(error, { code });
}

/** The error for a text that is no URL, alone or against a base. */
export function invalidUrl(input, base) {
  const error = Object.assign(codedError("ERR_INVALID_URL", "Invalid URL", TypeError), { input: `${input}` });
  return base === undefined ? error : Object.assign(error, { base: `${base}` });
}

export const invalidArgument = (name, expected, value) =>
  codedError(
    "ERR_INVALID_ARG_TYPE",
    `The "${name}" ${name.includes(".") ? "property" : "argument"} must be ${expected}. Received ${shownType(value)}`,
    TypeError,
  );

function shownType(value) {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") return value.constructor?.name ? `an instance of ${value.constructor.name}` : "an object";
  const text = typeof value === "string" ? `'${value.slice(0, 25)}'` : String(value);
  return `type ${typeof value} (${text})`;
}

/** The connection was closed before the answer. */
export const hangUp = (message = "socket hang up") => codedError("ECONNRESET", message);

export function abortError(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  Object.defineProperty(error, "name", { value: "AbortError", writable: true, configurable: true });
  return Object.assign(error, { code: "ABORT_ERR" });
}

/** A refusal with the members of a refused connection to `where`, which is `{host, port}`. */
export const refusal = (sentence, where) => guest.asRefusedConnection(guest.deniedError(sentence), where);

/** The error of a client for a host call that failed. */
export function connectionError(error, where, whileReading) {
  const kind = guest.kindOf(error);
  if (kind === "CAPABILITY_DENIED") return guest.asRefusedConnection(error, where);
  if (kind !== undefined) return error;
  const code = guest.codeOf(error);
  if (whileReading || code === "UND_ERR_SOCKET") {
    const closed = hangUp(whileReading ? "aborted" : undefined);
    guest.explain(closed, error.message);
    return closed;
  }
  const shown = code.startsWith("ERR_SSL_") ? "EPROTO" : (OF_SOCKETS[code] ?? code);
  return guest.networkError(shown, where, error.message);
}
