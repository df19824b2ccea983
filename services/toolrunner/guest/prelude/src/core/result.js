// Converts a tool's return value to the JSON text of its result. Runs after the tool's code, so it
// looks no method up, and uses neither iterators nor template literals (the engine builds those with
// String.prototype.concat).
import { isStackOverflow, kindOf } from "./errors.js";
import { asyncIterator, isArray, jsonStringify, NativeTypeError, objectKeys, toText } from "./primordials.js";
import { whenSettled } from "./waiting.js";

const MAX_VISITS = 20_000;

function isAbove(value, above) {
  for (let link = above; link !== null; link = link.above) if (link.value === value) return true;
  return false;
}

// Finds a value that JSON cannot represent, for the message: depth first, with a limit.
function culprit(value, path, above, budget) {
  if (typeof value === "bigint") return path + " is a BigInt: return it as a string or a number";
  if (typeof value !== "object" || value === null || budget.left-- <= 0) return "";
  if (isAbove(value, above)) return path + " refers back to an object that contains it";
  const inside = { __proto__: null, value, above };
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = culprit(value[i], path + "[" + i + "]", inside, budget);
      if (found !== "") return found;
    }
    return "";
  }
  const keys = objectKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const found = culprit(value[keys[i]], path + "." + keys[i], inside, budget);
    if (found !== "") return found;
  }
  return "";
}

function explain(value, error) {
  try {
    const found = culprit(value, "result", null, { __proto__: null, left: MAX_VISITS });
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
    const message = "the result cannot be written as JSON: " + explain(value, error);
    throw new NativeTypeError(message, { __proto__: null, cause: error });
  }
  return text === undefined ? "null" : text;
}

/**
 * Call `done(value)` with the value of a call: awaited, or the last one of an async generator; or
 * `failed(error)`.
 */
export function settle(returned, done, failed) {
  const finish = (value) => {
    if (isAsyncIterable(value)) whenSettled(lastOf(value), (box) => done(box.value), failed);
    else done(value);
  };
  if (isAsyncIterable(returned)) finish(returned);
  else whenSettled(returned, finish, failed);
}

// Boxed, so that the value is not treated as a thenable.
async function lastOf(parts) {
  let last;
  for await (const part of parts) last = part;
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
