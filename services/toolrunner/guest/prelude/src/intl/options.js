// Options as ECMA-402 reads them.

/** Options as an object; undefined counts as none. */
export function optionsOf(given) {
  if (given === undefined) return Object.create(null);
  if (given === null) throw new TypeError("Cannot convert undefined or null to object");
  return Object(given);
}

/** Options that must be an object. */
export function strictOptions(given) {
  if (given === undefined) return Object.create(null);
  if (typeof given !== "object" && typeof given !== "function" || given === null) throw new TypeError("Incorrect options information provided");
  return given;
}

/** An option with a fixed set of values, and its default. */
export function oneOf(options, name, values, fallback, service = "Intl") {
  const value = options[name];
  if (value === undefined) return fallback;
  const text = `${value}`;
  if (values.includes(text)) return text;
  throw new RangeError(`Value ${text} out of range for ${service} options property ${name}`);
}

/** A number in a range, floored; undefined gives the default. */
export function numberFrom(value, name, least, most, fallback) {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (number >= least && number <= most) return Math.floor(number);
  throw new RangeError(`${name} value is out of range.`);
}

/** An option that is a whole number in a range, and its default. */
export const numberIn = (options, name, least, most, fallback) => numberFrom(options[name], name, least, most, fallback);

/** An option that names a Unicode extension's type, such as a calendar. */
export function typeOf(options, name, service) {
  const value = options[name];
  if (value === undefined) return undefined;
  const text = `${value}`;
  if (/^[a-z0-9]{3,8}(?:-[a-z0-9]{3,8})*$/i.test(text)) return text.toLowerCase();
  throw new RangeError(service === undefined ? `Incorrect ${name} information provided` : `Invalid ${name} : ${text}`);
}
