// Values of a bundle as plain data: what JSON can express, limited in depth and number of values.
// Functions, instances of classes and symbols are left out, as are values whose reading throws.
import { isObject, isPlain, keysOf, own } from "./names.js";

const MAX_DEPTH = 16;
const MAX_VALUES = 20_000;

function copied(value, depth, budget) {
  if (--budget.left < 0) throw new RangeError(`it has more than ${MAX_VALUES} values`);
  if (value === null || ["string", "boolean"].includes(typeof value)) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value !== undefined && !(Array.isArray(value) || isPlain(value))) budget.isWhole = false;
  if (!isObject(value)) return undefined;
  if (depth === 0) throw new RangeError(`it is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    const items = [];
    for (let i = 0; i < value.length; i++) items.push(copied(value[i], depth - 1, budget) ?? null);
    return items;
  }
  if (!isPlain(value)) return undefined;
  const found = Object.create(null);
  for (const key of keysOf(value)) {
    const member = copied(own(value, key), depth - 1, budget);
    if (member !== undefined) found[key] = member;
  }
  return found;
}

/**
 * A copy of a value as plain data, undefined for what JSON cannot express, and whether nothing of the
 * value was left out; throws RangeError.
 */
export function plain(value) {
  const budget = { left: MAX_VALUES, isWhole: true };
  return [copied(value, MAX_DEPTH, budget), budget.isWhole];
}
