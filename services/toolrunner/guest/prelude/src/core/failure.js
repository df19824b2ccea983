// From a thrown value to the failure that the host reports.
import { isDenied, kindOf } from "./errors.js";
import { Kind } from "./kinds.js";
import { exec, jsonStringify, NativeError, NativeRangeError, replace, slice, toText } from "./primordials.js";

const MAX_MESSAGE = 8192;
const MAX_NAME = 128;
const MAX_CAUSES = 4;
const OVERFLOW = /^Maximum call stack size exceeded/;

// A getter or a proxy of the bundle may throw here; then the field is simply missing.
function field(value, key) {
  try {
    const found = value[key];
    return typeof found === "string" ? found : "";
  } catch {
    return "";
  }
}

function isErrorLike(value) {
  try {
    return value instanceof NativeError || (typeof value === "object" && value !== null && typeof value.message === "string");
  } catch {
    return false;
  }
}

function messageOf(value, show) {
  if (!isErrorLike(value)) return typeof value === "string" ? value : show(value);
  const message = field(value, "message");
  if (message !== "") return message;
  try {
    if (value.errors?.length > 0) return field(value.errors[0], "message");
  } catch {
    // The bundle's own getter failed: there is no better text.
  }
  return "";
}

function kindFor(value, given, message) {
  if (given === Kind.LOAD_FAILED) return given;
  const own = kindOf(value);
  if (own !== undefined) return own;
  try {
    if (isDenied(value)) return Kind.CAPABILITY_DENIED;
    if (value instanceof NativeRangeError && exec(OVERFLOW, message)) return Kind.STACK_OVERFLOW;
  } catch {
    return given;
  }
  return given;
}

function causeText(value, cleaner) {
  let text = "";
  let current = value;
  for (let i = 0; i < MAX_CAUSES; i++) {
    try {
      current = current.cause;
    } catch {
      return text;
    }
    if (!isErrorLike(current)) return text;
    const head = `caused by ${field(current, "name") || "Error"}: ${field(current, "message")}`;
    const frames = cleaner.clean(field(current, "stack"));
    text += `\n${slice(head, 0, 1024)}${frames === "" ? "" : `\n${frames}`}`;
  }
  return text;
}

/**
 * Makes `describe(value, kind)`: the failure for a thrown value as JSON text. A kind that the
 * prelude or the engine decides (denied, stack overflow, ...) wins over the given one, but for
 * the load of a program, whose failures are all LOAD_FAILED.
 */
export function failureWriter(cleaner, show) {
  return function describe(value, kind) {
    const errorLike = isErrorLike(value);
    const name = errorLike ? field(value, "name") || "Error" : "";
    const message = slice(toText(messageOf(value, show)), 0, MAX_MESSAGE);
    const frames = errorLike ? cleaner.clean(field(value, "stack")) + causeText(value, cleaner) : "";
    return jsonStringify({
      kind: kindFor(value, kind, message),
      message: message || (errorLike ? `${name} without a message` : "an empty value was thrown"),
      name: slice(name, 0, MAX_NAME),
      stack: replace(frames, /^\n/, ""),
    });
  };
}
