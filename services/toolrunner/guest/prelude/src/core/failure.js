// From a thrown value to the failure that the host reports.
import { causeWriter } from "./causes.js";
import { isDenied, isStackOverflow, kindOf, refusalBehind, refusalOf, sentenceOf } from "./errors.js";
import { Kind } from "./kinds.js";
import { indexOf, isInstance, jsonStringify, NativeError, slice, startsWith, toText } from "./primordials.js";
import { framesBelow } from "./stack.js";

const MAX_MESSAGE = 8192;
const MAX_NAME = 128;

// A getter or a proxy of the bundle may throw here; the field is then omitted.
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
    return isInstance(value, NativeError) || (typeof value === "object" && value !== null && typeof value.message === "string");
  } catch {
    return false;
  }
}

// "fetch failed" is all that Node says, and all that programs compare; people are told more.
function explained(error, message) {
  const more = sentenceOf(error);
  return more === undefined ? message : message + ": " + more;
}

function messageOf(value, show) {
  if (!isErrorLike(value)) return typeof value === "string" ? value : show(value);
  const message = field(value, "message");
  if (message !== "") return explained(value, message);
  try {
    if (value.errors?.length > 0) return field(value.errors[0], "message");
  } catch {
    // The bundle's own getter failed, so there is no better text.
  }
  return "";
}

function headOf(value) {
  if (!isErrorLike(value)) return "";
  const message = field(value, "message");
  return (field(value, "name") || "Error") + (message === "" ? "" : ": " + message);
}

// Some clients say only that the connection failed: add what was refused, unless a cause shows it.
function withRefusal(value, message, stack) {
  let sentence = "";
  try {
    sentence = refusalBehind(value) ?? "";
  } catch {
    return message;
  }
  if (sentence === "" || indexOf(message, sentence) >= 0 || indexOf(stack, sentence) >= 0) return message;
  return message + (message[message.length - 1] === "." ? " " : ": ") + sentence;
}

function kindFor(value, given) {
  const own = kindOf(value);
  const loading = given === Kind.LOAD_FAILED;
  if (own === Kind.LIMIT_EXCEEDED || (own !== undefined && !loading)) return own;
  try {
    if (!loading && isDenied(value)) return Kind.CAPABILITY_DENIED;
    if (isStackOverflow(value)) return Kind.STACK_OVERFLOW;
  } catch {
    return given;
  }
  return given;
}

/**
 * A failure as JSON text. Only strings are passed to JSON.stringify, so that a tampered
 * Object.prototype.toJSON or array setter cannot change a failure. No template literals: the engine
 * builds them with String.prototype.concat, which may be tampered with.
 */
export function failureText({ kind, message, name, stack }) {
  const end = ',"name":' + jsonStringify(name) + ',"stack":' + jsonStringify(stack) + "}";
  return '{"kind":' + jsonStringify(kind) + ',"message":' + jsonStringify(message) + end;
}

function withoutBreak(text) {
  return startsWith(text, "\n") ? slice(text, 1) : text;
}

/**
 * Makes `describe(value, kind)`: the failure for a thrown value as {kind, message, name, stack}. A
 * kind set by the prelude or the engine (denied, stack overflow, ...) wins over the given one. A
 * failing load is LOAD_FAILED, unless it exceeded a limit.
 */
export function failureDescriber(cleaner, show) {
  const stackOf = (error) => framesBelow(headOf(error), field(error, "stack"));
  const tail = causeWriter(cleaner.clean, show, headOf, stackOf);

  return function describe(value, kind) {
    const errorLike = isErrorLike(value);
    const refusal = refusalOf(value);
    const ownName = errorLike ? slice(field(value, "name"), 0, MAX_NAME) || "Error" : "";
    const name = refusal === undefined ? ownName : "CapabilityDeniedError";
    const given = slice(toText(refusal ?? messageOf(value, show)), 0, MAX_MESSAGE);
    const message = given || (errorLike ? name + " without a message" : "an empty value was thrown");
    const stack = errorLike ? withoutBreak(tail(value)) : "";
    const found = kindFor(value, kind);
    const told = found === Kind.CAPABILITY_DENIED ? slice(withRefusal(value, message, stack), 0, MAX_MESSAGE) : message;
    return { __proto__: null, kind: found, message: told, name, stack };
  };
}
