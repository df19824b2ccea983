// Intl's options for the digits of a number.
import { toPlaces, toSignificant } from "./decimal.js";
import { numberIn, oneOf } from "./locales.js";

const MODES = ["ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"];

/** Resolved options, with these defaults for fraction digits. */
export function digitOptions(options, leastPlaces, mostPlaces, isCompact = false) {
  const resolved = { minimumIntegerDigits: numberIn(options, "minimumIntegerDigits", 1, 21, 1) };
  const roundingMode = oneOf(options, "roundingMode", MODES, "halfExpand");
  const hasSignificant = options.minimumSignificantDigits !== undefined || options.maximumSignificantDigits !== undefined;
  const hasPlaces = options.minimumFractionDigits !== undefined || options.maximumFractionDigits !== undefined;
  if (hasSignificant) {
    resolved.minimumSignificantDigits = numberIn(options, "minimumSignificantDigits", 1, 21, 1);
    resolved.maximumSignificantDigits = numberIn(options, "maximumSignificantDigits", resolved.minimumSignificantDigits, 21, 21);
  } else if (isCompact && !hasPlaces) {
    Object.assign(resolved, { minimumFractionDigits: 0, maximumFractionDigits: 0, minimumSignificantDigits: 1, maximumSignificantDigits: 2 });
  } else {
    const least = numberIn(options, "minimumFractionDigits", 0, 100, undefined);
    const most = numberIn(options, "maximumFractionDigits", 0, 100, undefined);
    if (least !== undefined && most !== undefined && least > most) throw new RangeError("maximumFractionDigits value is out of range.");
    resolved.minimumFractionDigits = least ?? Math.min(leastPlaces, most ?? leastPlaces);
    resolved.maximumFractionDigits = most ?? Math.max(mostPlaces, resolved.minimumFractionDigits);
  }
  const roundingPriority = isCompact && !hasSignificant && !hasPlaces ? "morePrecision" : "auto";
  return { ...resolved, roundingIncrement: 1, roundingMode, roundingPriority };
}

/** A decimal rounded by resolved options. */
export function rounded(decimal, options) {
  const { maximumSignificantDigits: most, maximumFractionDigits: places, roundingMode } = options;
  if (most === undefined) return toPlaces(decimal, places, roundingMode);
  if (options.roundingPriority === "auto") return toSignificant(decimal, most, roundingMode);
  return decimal.point > most ? toPlaces(decimal, places, roundingMode) : toSignificant(decimal, most, roundingMode);
}

/** The minimum number of fraction digits of a rounded decimal. */
export function leastPlaces(decimal, options) {
  const { minimumSignificantDigits: least, minimumFractionDigits: places = 0 } = options;
  if (least === undefined || options.roundingPriority === "morePrecision") return places;
  return Math.max(least - (decimal.digits === "" ? 1 : decimal.point), 0);
}
