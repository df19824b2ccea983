// Intl.DurationFormat.
import { listParts, listPatterns } from "./list-format.js";
import { localeFor, resolvedTag, supportedLocalesOf } from "./negotiate.js";
import { NumberFormat } from "./number-format.js";
import { digitsOf } from "./numerals.js";
import { numberIn, oneOf, optionsOf } from "./options.js";

const SERVICE = "Intl.DurationFormat";
const UNITS = ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"];
const CLOCK = ["hours", "minutes", "seconds"];
const SMALL = ["milliseconds", "microseconds", "nanoseconds"];
const TEXT = ["long", "short", "narrow"];
const single = (unit) => unit.slice(0, -1);

function stylesOf(unit, isDate) {
  if (isDate) return TEXT;
  return CLOCK.includes(unit) ? [...TEXT, "numeric", "2-digit"] : [...TEXT, "numeric"];
}

function unitOptions(given, unit, base, previous) {
  const isDate = UNITS.indexOf(unit) < 4;
  let style = oneOf(given, unit, stylesOf(unit, isDate), undefined, SERVICE);
  const isNumericBefore = ["numeric", "2-digit", "fractional"].includes(previous);
  let display = "always";
  if (style === undefined) {
    if (base === "digital") {
      if (!CLOCK.includes(unit)) display = "auto";
      style = isDate ? "short" : "numeric";
    } else if (isNumericBefore) {
      if (unit !== "minutes" && unit !== "seconds") display = "auto";
      style = "numeric";
    } else [style, display] = [base, "auto"];
  }
  if (style === "numeric" && SMALL.includes(unit)) [style, display] = ["fractional", "auto"];
  display = oneOf(given, `${unit}Display`, ["auto", "always"], display, SERVICE);
  if (display === "always" && style === "fractional") throw new RangeError(`Value always out of range for ${SERVICE} options property ${unit}Display`);
  if (isNumericBefore && !["fractional", "numeric", "2-digit"].includes(style)) throw new RangeError(`Value ${style} out of range for ${SERVICE} options property ${unit}`);
  if (isNumericBefore && (unit === "minutes" || unit === "seconds")) style = "2-digit";
  return { style, display };
}

function resolve(locales, options) {
  const given = optionsOf(options);
  const { tag, name, keywords } = localeFor(locales);
  oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
  const numerals = digitsOf(given, keywords, name);
  const style = oneOf(given, "style", ["long", "short", "narrow", "digital"], "short", SERVICE);
  const units = {};
  let previous = "";
  for (const unit of UNITS) {
    units[unit] = unitOptions(given, unit, style, previous);
    if (CLOCK.includes(unit) || SMALL.includes(unit)) previous = units[unit].style;
  }
  const digits = numberIn(given, "fractionalDigits", 0, 9, undefined);
  return { locale: resolvedTag(tag, numerals.used), name, numerals, style, units, digits };
}

function recordOf(value) {
  if (typeof value === "string") throw new RangeError("Invalid time value");
  if (typeof value !== "object" || value === null) throw new TypeError("The duration must be an object");
  const record = {};
  let found = false;
  for (const unit of UNITS) {
    if (value[unit] !== undefined) found = true;
    const amount = Number(value[unit] ?? 0);
    if (!Number.isInteger(amount)) throw new RangeError(`Invalid duration: ${unit}`);
    record[unit] = amount;
  }
  if (!found) throw new TypeError("The duration has no unit");
  const signs = new Set(UNITS.map((unit) => Math.sign(record[unit])).filter((sign) => sign !== 0));
  if (signs.size > 1) throw new RangeError("The units of the duration have different signs");
  return record;
}

// The value of a unit with the smaller ones as its fraction, as a decimal text.
function withFraction(record, unit) {
  const exponent = { seconds: 9, milliseconds: 6, microseconds: 3 }[unit];
  const below = UNITS.slice(UNITS.indexOf(unit));
  const scales = { seconds: 9, milliseconds: 6, microseconds: 3, nanoseconds: 0 };
  const total = below.reduce((sum, one) => sum + BigInt(record[one]) * 10n ** BigInt(scales[one]), 0n);
  const sign = total < 0n ? "-" : "";
  const text = `${total < 0n ? -total : total}`.padStart(exponent + 1, "0");
  return `${sign}${text.slice(0, -exponent)}.${text.slice(-exponent)}`;
}

function piecesOf(record, own) {
  const pieces = [];
  let signShown = false;
  let needsSeparator = false;
  const isNegative = UNITS.some((unit) => record[unit] < 0);
  for (const unit of UNITS) {
    const { style, display } = own.units[unit];
    const next = own.units[UNITS[UNITS.indexOf(unit) + 1]];
    const isLast = ["seconds", "milliseconds", "microseconds"].includes(unit) && next.style === "fractional";
    let value = record[unit];
    const options = { numberingSystem: own.numerals.name };
    if (isLast) {
      value = withFraction(record, unit);
      Object.assign(options, { maximumFractionDigits: own.digits ?? 9, minimumFractionDigits: own.digits ?? 0, roundingMode: "trunc" });
    }
    const isNumeric = style === "numeric" || style === "2-digit";
    const needed = needsSeparator && (unit === "minutes" && (own.units.seconds.display === "always" || UNITS.slice(6).some((one) => record[one] !== 0)));
    if (Number(value) !== 0 || display !== "auto" || needed) {
      if (signShown) options.signDisplay = "never";
      else {
        signShown = true;
        if (Number(value) === 0 && isNegative) value = "-0";
      }
      if (isNumeric) {
        options.useGrouping = false;
        if (style === "2-digit") options.minimumIntegerDigits = 2;
      } else Object.assign(options, { style: "unit", unit: single(unit), unitDisplay: style });
      const parts = new NumberFormat(own.locale, options).formatToParts(value).map((part) => ({ ...part, unit: single(unit) }));
      if (needsSeparator) pieces.at(-1).push({ type: "literal", value: own.numerals.symbols.timeSeparator }, ...parts);
      else pieces.push(parts);
      if (isNumeric && CLOCK.includes(unit)) needsSeparator = unit !== "seconds";
    }
    if (isLast) break;
  }
  return pieces;
}

export class DurationFormat {
  #own;
  constructor(locales, options) {
    this.#own = resolve(locales, options);
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  format(duration) {
    return this.formatToParts(duration).map((part) => part.value).join("");
  }
  formatToParts(duration) {
    const own = this.#own;
    const pieces = piecesOf(recordOf(duration), own);
    const style = own.style === "digital" ? "short" : own.style;
    const marks = pieces.map((_, i) => `${i}`);
    const parts = listParts(marks, listPatterns(own.name, "unit", style), "");
    return parts.flatMap((part) => (part.type === "element" ? pieces[Number(part.value)] : [part]));
  }
  resolvedOptions() {
    const { locale, numerals, style, units, digits } = this.#own;
    const shown = { locale, numberingSystem: numerals.name, style };
    for (const unit of UNITS) {
      shown[unit] = units[unit].style === "fractional" ? "numeric" : units[unit].style;
      shown[`${unit}Display`] = units[unit].display;
    }
    return digits === undefined ? shown : { ...shown, fractionalDigits: digits };
  }
}
