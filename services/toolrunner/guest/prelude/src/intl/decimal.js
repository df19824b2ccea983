// Decimal digits of a number, rounded as Intl rounds them: from the shortest text of the number.

const HALVES = new Set(["halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"]);

/** `{negative, digits, point}`: the value is 0.digits times ten to the power `point`. */
export function decimalOf(value) {
  const text = Object.is(value, -0) ? "-0" : `${value}`;
  const negative = text.startsWith("-");
  const [mantissa, exponent = "0"] = text.replace(/^[-+]/, "").toLowerCase().split("e");
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
function kept(decimal, keep, mode) {
  const { negative, digits, point } = decimal;
  if (keep >= digits.length) return decimal;
  const up = roundsUp(mode, decimal, keep);
  if (keep <= 0) return up ? { negative, digits: "1", point: point + 1 - keep } : { negative, digits: "", point: 0 };
  const head = digits.slice(0, keep);
  if (!up) return trimmed({ negative, digits: head, point });
  const next = `${BigInt(head) + 1n}`;
  return trimmed({ negative, digits: next, point: point + next.length - head.length });
}

function trimmed({ negative, digits, point }) {
  const rest = digits.replace(/0+$/, "");
  return { negative, digits: rest, point: rest === "" ? 0 : point };
}

/** Rounded to this many fraction digits. */
export const toPlaces = (decimal, places, mode) =>
  decimal.digits === "" ? decimal : kept(decimal, decimal.point + places, mode);

/** Rounded to this many significant digits. */
export const toSignificant = (decimal, count, mode) => kept(decimal, count, mode);

/** Multiplied by ten to the power `by`. */
export const shifted = (decimal, by) => (decimal.digits === "" ? decimal : { ...decimal, point: decimal.point + by });

/** Digits before and after the point, padded to a minimum of each. */
export function written({ digits, point }, leastWhole, leastPlaces) {
  const padded = point > digits.length ? digits.padEnd(point, "0") : digits;
  const whole = point > 0 ? padded.slice(0, point) : "";
  const fraction = point > 0 ? padded.slice(point) : "0".repeat(digits === "" ? 0 : -point) + padded;
  return [whole.padStart(leastWhole, "0"), fraction.padEnd(leastPlaces, "0")];
}

/** Rounded to a multiple of an increment of the last of these fraction digits. */
export function roundedTo(decimal, increment, places, mode) {
  const { negative, digits, point } = decimal;
  const [whole, fraction] = written({ digits, point }, 1, places);
  const scaled = BigInt(whole + fraction.slice(0, places));
  const rest = fraction.slice(places);
  const step = BigInt(increment);
  // What is left over, as digits of a fraction of the increment.
  const over = scaled % step;
  const base = scaled / step;
  const part = `${BigInt(`${over}${rest}`) * 10n ** 6n / (step * 10n ** BigInt(rest.length))}`.padStart(6, "0");
  const isExact = over === 0n && /^0*$/.test(rest);
  const halves = isExact ? "0" : /^50*$/.test(part) && (over * 2n !== step || !/^0*$/.test(rest)) ? "501" : /^0*$/.test(part) ? "01" : part;
  const text = `${base}${halves}`;
  const up = !isExact && roundsUp(mode, { negative, digits: text.replace(/^0+(?=.)/, (zeros) => (base === 0n ? "0" : zeros)) }, `${base}`.length);
  const result = `${(base + (up ? 1n : 0n)) * step}`;
  return trimmed({ negative, digits: result === "0" ? "" : result, point: result.length - places });
}
