// DOMException: an Error with a name from the Web IDL table and its old code.

const CODES = {
  IndexSizeError: 1,
  NotFoundError: 8,
  NotSupportedError: 9,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidAccessError: 15,
  NetworkError: 19,
  AbortError: 20,
  QuotaExceededError: 22,
  TimeoutError: 23,
  DataCloneError: 25,
};

export class DOMException extends Error {
  #name;
  constructor(message = "", options = "Error") {
    const isName = typeof options !== "object" || options === null;
    super(`${message}`, isName || !("cause" in options) ? undefined : { cause: options.cause });
    this.#name = isName ? `${options}` : `${options.name ?? "Error"}`;
  }
  get name() {
    return this.#name;
  }
  get code() {
    return CODES[this.#name] ?? 0;
  }
  get [Symbol.toStringTag]() {
    return "DOMException";
  }
}
