// Decimal digits of a number, rounded as Intl rounds them: from the shortest text of the number.

const HALVES = new Set(["halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"]);

/** `{negative, digits, point}`: the value is 0.digits times ten to the power `point`. */
export function decimalOf(value) {
  const text = typeof value === "bigint" ? `${value}` : Object.is(value, -0) ? "-0" : `${value}`;
  const negative = text.startsWith("-");
  const [mantissa, exponent = "0"] = (negative ? text.slice(1) : text).split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const point = whole.length + Number(exponent) - (all.length - digits.length);
  const trimmed = digits.replace(/0+$/, "");
  return { negative, digits: trimmed, point: trimmed === "" ? 0 : point };
}

function roundsUp(mode, { negative, digits }, keep) {
  const rest = digits.slice(Math.max(keep, 0));
  if (keep < 0 && HALVES.has(mode)) return false;
  if (/^0*$/.test(rest)) return false;
  const away = { ceil: !negative, floor: negative, expand: true, trunc: false };
  if (Object.hasOwn(away, mode)) return away[mode];
  const isHalf = /^50*$/.test(rest);
  if (!isHalf) return rest[0] >= "5";
  const isOdd = keep > 0 && Number(digits[keep - 1]) % 2 === 1;
  return { halfCeil: !negative, halfFloor: negative, halfExpand: true, halfTrunc: false, halfEven: isOdd }[mode];
}

/** A decimal with at most `keep` of its digits. */
function roundedTo(decimal, keep, mode) {
  const { negative, digits, point } = decimal;
  if (keep >= digits.length) return decimal;
  const up = roundsUp(mode, decimal, keep);
  if (keep <= 0) return up ? { negative, digits: "1", point: point + 1 - keep } : { negative, digits: "", point: 0 };
  const kept = digits.slice(0, keep);
  if (!up) return trimmed({ negative, digits: kept, point });
  const next = `${BigInt(kept) + 1n}`;
  return trimmed({ negative, digits: next, point: point + next.length - kept.length });
}

function trimmed({ negative, digits, point }) {
  const rest = digits.replace(/0+$/, "");
  return { negative, digits: rest, point: rest === "" ? 0 : point };
}

/** Rounded to this many fraction digits. */
export const toPlaces = (decimal, places, mode) =>
  decimal.digits === "" ? decimal : roundedTo(decimal, decimal.point + places, mode);

/** Rounded to this many significant digits. */
export const toSignificant = (decimal, count, mode) => roundedTo(decimal, count, mode);

/** Multiplied by ten to the power `by`. */
export const shifted = (decimal, by) => (decimal.digits === "" ? decimal : { ...decimal, point: decimal.point + by });

/** Digits before and after the point, padded to a minimum of each. */
export function written({ digits, point }, leastWhole, leastPlaces) {
  const padded = point > digits.length ? digits.padEnd(point, "0") : digits;
  const whole = point > 0 ? padded.slice(0, point) : "";
  const fraction = point > 0 ? padded.slice(point) : "0".repeat(digits === "" ? 0 : -point) + padded;
  return [whole.padStart(leastWhole, "0"), fraction.padEnd(leastPlaces, "0")];
}
