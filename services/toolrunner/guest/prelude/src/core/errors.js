// Errors of the prelude itself. The kind of failure of an error is kept in private sets, so that a
// bundle can neither forge a kind nor lose it by copying properties.
import { Kind } from "./kinds.js";
import {
  bareArray, exec, hasOwn, indexOf, isArray, isInstance, mapGet, NativeRangeError, startsWith, weakMapGet, weakMapSet, weakSetAdd, weakSetHas,
} from "./primordials.js";

const OVERFLOW = /^Maximum call stack size exceeded/;
// Where clients keep the error that theirs stands for.
const BEHIND = ["cause", "original", "detail", "error"];
const MAX_BEHIND = 24;
const denied = new WeakSet();
const sentences = new WeakMap();
const endings = new WeakSet();
const kinds = new Map();
kinds.set(Kind.CAPABILITY_DENIED, denied);
const MADE = [
  Kind.TOOL_NOT_FOUND, Kind.INVALID_INPUT, Kind.LIMIT_EXCEEDED, Kind.LOAD_FAILED, Kind.NOT_APPROVED, Kind.NEEDS_APPROVAL,
];
for (const kind of MADE) {
  kinds.set(kind, new WeakSet());
}
const tables = [...kinds];

class CapabilityDeniedError extends Error {}
class NotAvailableError extends Error {}
class ToolNotFoundError extends Error {}
class InvalidInputError extends Error {}
class LimitExceededError extends RangeError {}
class LoadFailedError extends Error {}
class NotApprovedError extends Error {}

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
named(NotApprovedError, "NotApprovedError");

const MAX_REFUSALS = 16;
// The sentences of the latest refusals of this call, by which an error is known that some client
// made of a refusal without keeping it as its cause.
let refusals = bareArray();

/** Forget the refusals of earlier work. */
export function forgetRefusals() {
  refusals = bareArray();
}

/** Make a failure that leaves the tool with this error say `sentence` too. */
export function explain(error, sentence) {
  weakMapSet(sentences, error, sentence);
}

function make(ErrorClass, kind, message) {
  const error = new ErrorClass(message);
  if (kind === Kind.CAPABILITY_DENIED && refusals.length < MAX_REFUSALS) refusals[refusals.length] = error.message;
  weakSetAdd(mapGet(kinds, kind), error);
  return error;
}

/** A capability was used without a grant. */
export const deniedError = (message) =>
  make(CapabilityDeniedError, Kind.CAPABILITY_DENIED, message);

/**
 * Marks an error in Node's own terms as a refusal: a tool that lets it out fails with `sentence`, one
 * that catches it sees Node's code.
 */
export function markDenied(error, sentence) {
  weakSetAdd(denied, error);
  weakMapSet(sentences, error, sentence);
}

/** What `markDenied` or `explain` was told about an error, or undefined. */
export function sentenceOf(error) {
  const isObject = (typeof error === "object" && error !== null) || typeof error === "function";
  return isObject ? weakMapGet(sentences, error) : undefined;
}

/** The sentence of an error that `markDenied` marked, or undefined. */
export const refusalOf = (error) => (kindOf(error) === Kind.CAPABILITY_DENIED ? sentenceOf(error) : undefined);

/** The bundle has no such agent or tool. */
export const toolNotFound = (message) => make(ToolNotFoundError, Kind.TOOL_NOT_FOUND, message);

/** The tool's own schema refused the input. */
export const invalidInput = (message) => make(InvalidInputError, Kind.INVALID_INPUT, message);

/** What was asked for was not made, since the bundle's top level failed before it. */
export const loadFailed = (message) => make(LoadFailedError, Kind.LOAD_FAILED, message);

/** The call was denied. */
export const notApproved = (message) => make(NotApprovedError, Kind.NOT_APPROVED, message);

/** The call needs a person's approval, which it does not have. */
export const needsApproval = (message) => make(NotApprovedError, Kind.NEEDS_APPROVAL, message);

/** The tool exceeded a limit of one call. */
export const limitExceeded = (message) => make(LimitExceededError, Kind.LIMIT_EXCEEDED, message);

/** The sandbox lacks something that is not a capability, such as a module or a Web API. */
export const notAvailable = (message) => new NotAvailableError(message);

/** The program asked its process to end: what comes after it must not run. */
export function programEnded(message) {
  const error = notAvailable(message);
  weakSetAdd(endings, error);
  return error;
}

/**
 * Whether a program ends itself with this error: `process.exit`, or an assertion that does not hold.
 * Whoever only passes such an error on cannot be told from it.
 */
export function endsProgram(error) {
  if (typeof error !== "object" || error === null) return false;
  if (weakSetHas(endings, error)) return true;
  try {
    return error.code === "ERR_ASSERTION" || error.name === "AssertionError" || startsWith(error.message, "Invariant failed");
  } catch {
    return false;
  }
}

// What Node and the engine's modules name their errors by.
const CODE = /^(?:E[A-Z][A-Z\d_]*|MODULE_NOT_FOUND)$/;

/**
 * Whether an error, or one that is behind it, comes from the sandbox's outside: what is not there, not
 * granted or not made.
 */
export function isOfOutside(error) {
  for (let each = error, depth = 8; typeof each === "object" && each !== null && depth > 0; depth--) {
    if (kindOf(each) !== undefined || isInstance(each, NotAvailableError) || refusalBehind(each) !== undefined) return true;
    const { code, cause } = each;
    if (typeof code === "string" && exec(CODE, code) !== null) return true;
    each = cause;
  }
  return false;
}

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

const ownOf = (error, key) => (hasOwn(error, key) ? error[key] : undefined);

function saysRefusal(message) {
  if (typeof message !== "string") return undefined;
  for (let i = 0; i < refusals.length; i++) if (indexOf(message, refusals[i]) >= 0) return refusals[i];
  return undefined;
}

/**
 * What the refusal says that this error is or stands for (up to eight deep); undefined if there is none.
 */
export function refusalBehind(error) {
  return refusalBelow(error, 8, { __proto__: null, values: MAX_BEHIND });
}

/** Whether this error is a refusal, or stands for one. */
export const isDenied = (error) => refusalBehind(error) !== undefined;

function refusalBelow(error, depth, left) {
  if (typeof error !== "object" || error === null || depth === 0 || left.values-- <= 0) return undefined;
  const { message } = error;
  const errors = ownOf(error, "errors");
  if (weakSetHas(denied, error)) return sentenceOf(error) ?? (typeof message === "string" ? message : "");
  let found = saysRefusal(message);
  for (let i = 0; found === undefined && i < BEHIND.length; i++) found = refusalBelow(ownOf(error, BEHIND[i]), depth - 1, left);
  const count = isArray(errors) ? errors.length : 0;
  for (let i = 0; found === undefined && i < count && i < MAX_BEHIND; i++) found = refusalBelow(errors[i], depth - 1, left);
  return found;
}
