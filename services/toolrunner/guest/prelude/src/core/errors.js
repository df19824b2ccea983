// Errors of the prelude itself. The kind of failure of an error is kept in private sets, so that a
// bundle can neither forge a kind nor lose it by copying properties.
import { Kind } from "./kinds.js";
import { exec, isInstance, mapGet, NativeRangeError, weakSetAdd, weakSetHas } from "./primordials.js";

const OVERFLOW = /^Maximum call stack size exceeded/;
const denied = new WeakSet();
const kinds = new Map();
kinds.set(Kind.CAPABILITY_DENIED, denied);
for (const kind of [Kind.TOOL_NOT_FOUND, Kind.INVALID_INPUT, Kind.LIMIT_EXCEEDED, Kind.LOAD_FAILED]) {
  kinds.set(kind, new WeakSet());
}
const tables = [...kinds];

class CapabilityDeniedError extends Error {}
class NotAvailableError extends Error {}
class ToolNotFoundError extends Error {}
class InvalidInputError extends Error {}
class LimitExceededError extends RangeError {}
class LoadFailedError extends Error {}

function named(ErrorClass, name) {
  Object.defineProperty(ErrorClass.prototype, "name", {
    value: name,
    writable: true,
    configurable: true,
  });
}
named(CapabilityDeniedError, "CapabilityDeniedError");
named(NotAvailableError, "NotAvailableError");
named(ToolNotFoundError, "ToolNotFoundError");
named(InvalidInputError, "InvalidInputError");
named(LimitExceededError, "LimitExceededError");
named(LoadFailedError, "LoadFailedError");

function make(ErrorClass, kind, message) {
  const error = new ErrorClass(message);
  weakSetAdd(mapGet(kinds, kind), error);
  return error;
}

/** A capability was used without a grant. */
export const deniedError = (message) =>
  make(CapabilityDeniedError, Kind.CAPABILITY_DENIED, message);

/** The bundle has no such agent or tool. */
export const toolNotFound = (message) => make(ToolNotFoundError, Kind.TOOL_NOT_FOUND, message);

/** The tool's own schema refused the input. */
export const invalidInput = (message) => make(InvalidInputError, Kind.INVALID_INPUT, message);

/** What was asked for was not made, since the bundle's top level failed before it. */
export const loadFailed = (message) => make(LoadFailedError, Kind.LOAD_FAILED, message);

/** The tool exceeded a limit of one call. */
export const limitExceeded = (message) => make(LimitExceededError, Kind.LIMIT_EXCEEDED, message);

/** The sandbox lacks something that is not a capability, such as a module or a Web API. */
export const notAvailable = (message) => new NotAvailableError(message);

/** Makes the error for using module `name`, which is neither bundled nor provided. */
export const missingModule = (name) => () =>
  notAvailable(
    `the bundle imports "${name}", which the sandbox does not have: bundle it in, or do without it`,
  );

/** The kind that the prelude gave this error, or undefined. */
export function kindOf(error) {
  if ((typeof error !== "object" && typeof error !== "function") || error === null) return undefined;
  for (let i = 0; i < tables.length; i++) {
    if (weakSetHas(tables[i][1], error)) return tables[i][0];
  }
  return undefined;
}

/** Whether this is the engine's stack overflow error. */
export function isStackOverflow(error) {
  if (!isInstance(error, NativeRangeError)) return false;
  const { message } = error;
  return typeof message === "string" && exec(OVERFLOW, message) !== null;
}

/** Whether this error, or one of its causes (up to eight deep), is a refusal. */
export function isDenied(error) {
  let current = error;
  for (let depth = 0; depth < 8; depth++) {
    if (typeof current !== "object" || current === null) return false;
    if (weakSetHas(denied, current)) return true;
    current = current.cause;
  }
  return false;
}
