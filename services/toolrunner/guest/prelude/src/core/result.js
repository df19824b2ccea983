// Converts a tool's return value to the JSON text of its result.
import { isStackOverflow, kindOf } from "./errors.js";
import { asyncIterator, isArray, jsonStringify, NativeTypeError, objectKeys, toText } from "./primordials.js";

const MAX_VISITS = 20_000;

function step(path, key) {
  return typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`;
}

// Finds a value that JSON cannot represent, for the message: depth first, with a limit.
function culprit(value, path, above, budget) {
  if (typeof value === "bigint") return `${path} is a BigInt: return it as a string or a number`;
  if (typeof value !== "object" || value === null || budget.left-- <= 0) return "";
  if (above.includes(value)) return `${path} refers back to an object that contains it`;
  const inside = [...above, value];
  for (const key of isArray(value) ? value.keys() : objectKeys(value)) {
    const found = culprit(value[key], step(path, key), inside, budget);
    if (found !== "") return found;
  }
  return "";
}

function explain(value, error) {
  try {
    const found = culprit(value, "result", [], { left: MAX_VISITS });
    if (found !== "") return found;
  } catch {
    // A getter of the value threw, or it is too deep: use the engine's own message.
  }
  return toText(error?.message ?? error);
}

/**
 * JSON text of a tool's output; `undefined` counts as null, `toJSON` is honoured.
 * @throws TypeError that names the path, when JSON cannot represent the value.
 */
export function resultText(value) {
  let text;
  try {
    text = jsonStringify(value);
  } catch (error) {
    if (isStackOverflow(error) || kindOf(error) !== undefined) throw error;
    const message = `the tool's result cannot be written as JSON: ${explain(value, error)}`;
    throw new NativeTypeError(message, { cause: error });
  }
  return text === undefined ? "null" : text;
}

/**
 * The value of a call, boxed as `{value}`: awaited, or the last value of an async generator. The
 * box prevents the value from being treated as a thenable, and a promise from being settled through
 * a `then` of the bundle.
 */
export async function settle(returned) {
  const value = isAsyncIterable(returned) ? returned : await returned;
  if (!isAsyncIterable(value)) return { __proto__: null, value };
  let last;
  for await (const part of value) last = part;
  return { __proto__: null, value: last };
}

function isAsyncIterable(value) {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof value[asyncIterator] === "function" &&
    typeof value.toJSON !== "function"
  );
}
