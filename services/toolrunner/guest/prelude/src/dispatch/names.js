// Lists of names for messages, limited in length.
import { isStandIn } from "../load/standins.js";

const MAX_LISTED = 20;

/** `a, b, c`, or `none`. */
export function listed(names) {
  if (names.length === 0) return "none";
  const shown = names.slice(0, MAX_LISTED).join(", ");
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}

export const isObject = (value) => typeof value === "object" && value !== null;
export const isHolder = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** Whether a value is an object that no class made. */
export function isPlain(value) {
  if (!isObject(value)) return false;
  const made = Object.getPrototypeOf(value);
  return made === null || made === Object.prototype;
}

/** Whether a value has a method of this name. */
export const isMethod = (value, name) => typeof read(value, name) === "function";

/** A property of an arbitrary value; a getter that throws counts as absent. */
export function read(value, key) {
  try {
    return isHolder(value) ? value[key] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Own enumerable string keys of an arbitrary value; a stand-in has none. A module that failed halfway
 * has exports without a value, which must not hide the others.
 */
export function keysOf(value) {
  if (!isHolder(value) || isStandIn(value)) return [];
  try {
    return Object.keys(value);
  } catch {
    return Reflect.ownKeys(value).filter((key) => typeof key === "string" && own(value, key) !== undefined);
  }
}

/** An own property's value, or undefined; what throws counts as absent. */
export function own(value, key) {
  try {
    return isHolder(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  } catch {
    return undefined;
  }
}
