// Intl's options for the digits of a number.
import { roundedTo, toPlaces, toSignificant } from "./decimal.js";
import { numberFrom, numberIn, oneOf } from "./options.js";

const MODES = ["ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"];
const INCREMENTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000];

function incrementOf(options) {
  const value = numberIn(options, "roundingIncrement", 1, 5000, 1);
  if (!INCREMENTS.includes(value)) throw new RangeError("roundingIncrement value is out of range.");
  return value;
}

function placesOf({ minimumFractionDigits: least, maximumFractionDigits: most }, leastDefault, mostDefault) {
  const low = numberFrom(least, "minimumFractionDigits", 0, 100, undefined);
  const high = numberFrom(most, "maximumFractionDigits", 0, 100, undefined);
  if (low !== undefined && high !== undefined && low > high) throw new RangeError("maximumFractionDigits value is out of range.");
  return {
    minimumFractionDigits: low ?? Math.min(leastDefault, high ?? leastDefault),
    maximumFractionDigits: high ?? Math.max(mostDefault, low ?? mostDefault),
  };
}

function significantOf({ minimumSignificantDigits: least, maximumSignificantDigits: most }) {
  const low = numberFrom(least, "minimumSignificantDigits", 1, 21, 1);
  return { minimumSignificantDigits: low, maximumSignificantDigits: numberFrom(most, "maximumSignificantDigits", low, 21, 21) };
}

/** Resolved options, with these defaults for fraction digits. */
export function digitOptions(options, leastPlaces, mostPlaces, isCompact = false, service = "Intl.NumberFormat") {
  const minimumIntegerDigits = numberIn(options, "minimumIntegerDigits", 1, 21, 1);
  const given = {};
  for (const name of ["minimumFractionDigits", "maximumFractionDigits", "minimumSignificantDigits", "maximumSignificantDigits"]) given[name] = options[name];
  const roundingIncrement = incrementOf(options);
  const roundingMode = oneOf(options, "roundingMode", MODES, "halfExpand", service);
  const priority = oneOf(options, "roundingPriority", ["auto", "morePrecision", "lessPrecision"], "auto", service);
  const trailingZeroDisplay = oneOf(options, "trailingZeroDisplay", ["auto", "stripIfInteger"], "auto", service);
  const most = roundingIncrement === 1 ? mostPlaces : leastPlaces;
  const hasSignificant = given.minimumSignificantDigits !== undefined || given.maximumSignificantDigits !== undefined;
  const hasPlaces = given.minimumFractionDigits !== undefined || given.maximumFractionDigits !== undefined;
  const needsSignificant = priority !== "auto" || hasSignificant;
  const needsPlaces = priority !== "auto" || (!hasSignificant && (hasPlaces || !isCompact));
  const isDefault = !needsSignificant && !needsPlaces;
  const digits = isDefault
    ? { minimumFractionDigits: 0, maximumFractionDigits: 0, minimumSignificantDigits: 1, maximumSignificantDigits: 2 }
    : { ...(needsPlaces ? placesOf(given, leastPlaces, most) : {}), ...(needsSignificant ? significantOf(given) : {}) };
  if (roundingIncrement !== 1) checkIncrement(digits, needsSignificant || isDefault || priority !== "auto");
  return { minimumIntegerDigits, ...digits, roundingIncrement, roundingMode, roundingPriority: isDefault ? "morePrecision" : priority, trailingZeroDisplay };
}

function checkIncrement({ minimumFractionDigits: least, maximumFractionDigits: most }, hasOthers) {
  if (hasOthers) throw new TypeError("roundingIncrement value is invalid.");
  if (least !== most) throw new RangeError("roundingIncrement value is out of range.");
}

function bySignificant(decimal, options) {
  return toSignificant(decimal, options.maximumSignificantDigits, options.roundingMode);
}

function byPlaces(decimal, { maximumFractionDigits: places, roundingMode, roundingIncrement }) {
  if (roundingIncrement === 1) return toPlaces(decimal, places, roundingMode);
  return roundedTo(decimal, roundingIncrement, places, roundingMode);
}

// Whether significant digits decide, where an option asks for the more or less precise of the two.
function isSignificant(decimal, options) {
  const { maximumSignificantDigits: most, maximumFractionDigits: places, roundingPriority } = options;
  if (most === undefined) return false;
  if (places === undefined || roundingPriority === "auto") return true;
  const bySignificantAt = (decimal.digits === "" ? 1 : decimal.point) - most;
  return roundingPriority === "morePrecision" ? bySignificantAt <= -places : bySignificantAt > -places;
}

/** A decimal rounded by resolved options, and the least number of fraction digits to write. */
export function rounded(decimal, options) {
  const significant = isSignificant(decimal, options);
  const result = significant ? bySignificant(decimal, options) : byPlaces(decimal, options);
  const isDefault = options.roundingPriority === "morePrecision" && options.maximumFractionDigits === 0 && options.maximumSignificantDigits === 2;
  let least = options.minimumFractionDigits ?? 0;
  if (significant) least = Math.max(options.minimumSignificantDigits - (result.digits === "" ? 1 : result.point), 0);
  if (isDefault) least = 0;
  if (options.trailingZeroDisplay === "stripIfInteger" && result.digits.length <= Math.max(result.point, 0)) least = 0;
  return { decimal: result, least };
}
