// Lists of names for messages, limited in length.

const MAX_LISTED = 20;

/** `a, b, c`, or `none`. */
export function listed(names) {
  if (names.length === 0) return "none";
  const shown = names.slice(0, MAX_LISTED).join(", ");
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}

export const isObject = (value) => typeof value === "object" && value !== null;
export const isHolder = (value) => isObject(value) || typeof value === "function";

/** A property of an arbitrary value; a getter that throws counts as absent. */
export function read(value, key) {
  try {
    return isHolder(value) ? value[key] : undefined;
  } catch {
    return undefined;
  }
}

/** Own enumerable string keys of an arbitrary value. */
export function keysOf(value) {
  return isHolder(value) ? Object.keys(value) : [];
}

/** An own property's value, or undefined. */
export function own(value, key) {
  return isHolder(value) && Object.hasOwn(value, key) ? read(value, key) : undefined;
}
