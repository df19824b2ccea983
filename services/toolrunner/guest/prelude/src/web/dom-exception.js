// DOMException: an Error with a name from the Web IDL table and its old code.

const CODES = [
  "IndexSizeError", "DOMStringSizeError", "HierarchyRequestError", "WrongDocumentError", "InvalidCharacterError",
  "NoDataAllowedError", "NoModificationAllowedError", "NotFoundError", "NotSupportedError", "InUseAttributeError",
  "InvalidStateError", "SyntaxError", "InvalidModificationError", "NamespaceError", "InvalidAccessError",
  "ValidationError", "TypeMismatchError", "SecurityError", "NetworkError", "AbortError", "URLMismatchError",
  "QuotaExceededError", "TimeoutError", "InvalidNodeTypeError", "DataCloneError",
];
const NO_CODE = new Set(["DOMStringSizeError", "NoDataAllowedError", "ValidationError"]);

// INDEX_SIZE_ERR and so on: the legacy constants, on the class and its instances.
function constantOf(name) {
  const special = { DOMStringSizeError: "DOMSTRING_SIZE_ERR", URLMismatchError: "URL_MISMATCH_ERR", InUseAttributeError: "INUSE_ATTRIBUTE_ERR" };
  return special[name] ?? `${name.slice(0, -5).replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()}_ERR`;
}

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
    return NO_CODE.has(this.#name) ? 0 : CODES.indexOf(this.#name) + 1;
  }
  get [Symbol.toStringTag]() {
    return "DOMException";
  }
  static {
    CODES.forEach((name, index) => {
      const property = { value: index + 1, enumerable: true };
      Object.defineProperty(DOMException, constantOf(name), property);
      Object.defineProperty(DOMException.prototype, constantOf(name), property);
    });
  }
}
