// Intl.NumberFormat of en-US: decimal, percent, currency and units; compact, scientific and
// engineering notation.
import { notAvailable } from "../core/errors.js";
import { decimalOf, shifted, written } from "./decimal.js";
import { digitOptions, leastPlaces, rounded } from "./digits.js";
import { localeFor, oneOf, optionsOf, supportedLocalesOf } from "./locales.js";
import { cardinalOf } from "./plural-rules.js";
import { currencyName, currencySign, isUnit, placesOf, unitSuffix } from "./units.js";

const SHORT = ["", "K", "M", "B", "T"];
const LONG = ["", " thousand", " million", " billion", " trillion"];
const NO_BREAK = "\u00a0";

function currencyOptions(given, style) {
  const code = given.currency;
  if (code !== undefined && !/^[a-z]{3}$/i.test(`${code}`)) throw new RangeError(`Invalid currency code : ${code}`);
  if (code === undefined && style === "currency") throw new TypeError("Currency code is required with currency style.");
  const currencyDisplay = oneOf(given, "currencyDisplay", ["code", "symbol", "narrowSymbol", "name"], "symbol");
  const sign = oneOf(given, "currencySign", ["standard", "accounting"], "standard");
  return style === "currency" ? { currency: `${code}`.toUpperCase(), currencyDisplay, currencySign: sign } : {};
}

function unitOptions(given, style) {
  const unitDisplay = oneOf(given, "unitDisplay", ["short", "narrow", "long"], "short");
  if (style !== "unit") return {};
  if (given.unit === undefined) throw new TypeError("Unit is required with unit style.");
  if (!isUnit(`${given.unit}`)) {
    if (!/^[a-z]+(?:-[a-z]+)*$/.test(`${given.unit}`)) throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${given.unit}'`);
    throw notAvailable(`Intl.NumberFormat of the unit "${given.unit}" is not available in the sandbox`);
  }
  return { unit: `${given.unit}`, unitDisplay };
}

function groupingOf(given, notation) {
  const value = given.useGrouping;
  const fallback = notation === "compact" ? "min2" : "auto";
  if (value === undefined || value === "true" || value === "false") return fallback;
  if (value === true) return "always";
  if (!value) return false;
  return oneOf({ useGrouping: value }, "useGrouping", ["min2", "auto", "always"], fallback);
}

function resolve(locales, options) {
  const given = optionsOf(options);
  const locale = localeFor(locales, "Intl.NumberFormat");
  const style = oneOf(given, "style", ["decimal", "percent", "currency", "unit"], "decimal");
  const named = { ...currencyOptions(given, style), ...unitOptions(given, style) };
  const notation = oneOf(given, "notation", ["standard", "scientific", "engineering", "compact"], "standard");
  const isMoney = style === "currency" && notation === "standard";
  const places = isMoney ? placesOf(named.currency) : 0;
  const digits = digitOptions(given, places, isMoney ? places : style === "percent" ? 0 : 3, notation === "compact");
  const compactDisplay = oneOf(given, "compactDisplay", ["short", "long"], "short");
  const signDisplay = oneOf(given, "signDisplay", ["auto", "never", "always", "exceptZero", "negative"], "auto");
  const { roundingIncrement, roundingMode, roundingPriority, ...counts } = digits;
  return {
    locale, numberingSystem: "latn", style, ...named, ...counts,
    useGrouping: groupingOf(given, notation), notation, ...(notation === "compact" ? { compactDisplay } : {}),
    signDisplay, roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay: "auto",
  };
}

function grouped(whole, useGrouping) {
  if (useGrouping === false || whole.length <= (useGrouping === "min2" ? 4 : 3)) return [{ type: "integer", value: whole }];
  const groups = whole.match(/\d{1,3}(?=(?:\d{3})*$)/g);
  return groups.flatMap((value, i) => (i === 0 ? [{ type: "integer", value }] : [{ type: "group", value: "," }, { type: "integer", value }]));
}

function digitParts(decimal, own) {
  const [whole, fraction] = written(decimal, own.minimumIntegerDigits, leastPlaces(decimal, own));
  const parts = grouped(whole, own.useGrouping);
  if (fraction !== "") parts.push({ type: "decimal", value: "." }, { type: "fraction", value: fraction });
  return { parts, category: cardinalOf(whole, fraction) };
}

function compacted(decimal, own) {
  const names = own.compactDisplay === "long" ? LONG : SHORT;
  const stepOf = (point) => Math.min(Math.max(Math.ceil(point / 3) - 1, 0), names.length - 1);
  let step = decimal.digits === "" ? 0 : stepOf(decimal.point);
  let small = rounded(shifted(decimal, -3 * step), own);
  if (small.point > 3 && step < names.length - 1) {
    step += 1;
    small = rounded(shifted(decimal, -3 * step), own);
  }
  const { parts, category } = digitParts(small, own);
  const name = names[step];
  if (name.startsWith(" ")) parts.push({ type: "literal", value: " " });
  if (name !== "") parts.push({ type: "compact", value: name.trim() });
  return { parts, category, isZero: small.digits === "" };
}

function withExponent(decimal, own) {
  const step = own.notation === "engineering" ? 3 : 1;
  const exponentOf = ({ digits, point }) => (digits === "" ? 0 : Math.floor((point - 1) / step) * step);
  let exponent = exponentOf(decimal);
  let small = rounded(shifted(decimal, -exponent), own);
  if (exponentOf(small) > 0) {
    exponent += exponentOf(small);
    small = rounded(shifted(decimal, -exponent), own);
  }
  const { parts, category } = digitParts(small, own);
  parts.push({ type: "exponentSeparator", value: "E" });
  if (exponent < 0) parts.push({ type: "exponentMinusSign", value: "-" });
  parts.push({ type: "exponentInteger", value: `${Math.abs(exponent)}` });
  return { parts, category, isZero: small.digits === "" };
}

function numberParts(value, own) {
  if (typeof value === "number" && Number.isNaN(value)) return { parts: [{ type: "nan", value: "NaN" }], category: "other", isZero: true };
  if (value === Infinity || value === -Infinity) return { parts: [{ type: "infinity", value: "∞" }], category: "other", isZero: false };
  const exact = decimalOf(value);
  const decimal = own.style === "percent" ? shifted(exact, 2) : exact;
  if (own.notation === "compact") return compacted(decimal, own);
  if (own.notation !== "standard") return withExponent(decimal, own);
  const result = rounded(decimal, own);
  return { ...digitParts(result, own), isZero: result.digits === "" };
}

function signOf(value, isZero, signDisplay) {
  const isNegative = typeof value === "bigint" ? value < 0n : value < 0 || Object.is(value, -0);
  const minus = { auto: isNegative, always: isNegative, never: false, negative: isNegative && !isZero, exceptZero: isNegative && !isZero };
  if (minus[signDisplay]) return "-";
  const plus = { always: !isNegative, exceptZero: !isNegative && !isZero };
  return plus[signDisplay] ? "+" : "";
}

function withUnit(parts, category, { unit, unitDisplay }) {
  const suffix = unitSuffix(unit, unitDisplay, category);
  const isPercent = unit === "percent" && unitDisplay !== "long";
  const space = suffix.startsWith(" ") ? [{ type: "literal", value: " " }] : [];
  return [...parts, ...space, { type: isPercent ? "percentSign" : "unit", value: suffix.trim() }];
}

function signed(sign, parts) {
  if (sign === "") return parts;
  return [{ type: sign === "-" ? "minusSign" : "plusSign", value: sign }, ...parts];
}

function withCurrency(sign, parts, category, { currency, currencyDisplay, currencySign: kind }) {
  if (currencyDisplay === "name") {
    const name = { type: "currency", value: currencyName(currency, category) };
    return [...signed(sign, parts), { type: "literal", value: " " }, name];
  }
  const symbol = currencySign(currency, currencyDisplay);
  const space = /[A-Za-z]$/.test(symbol) && parts[0].type !== "nan" ? [{ type: "literal", value: NO_BREAK }] : [];
  const amount = [{ type: "currency", value: symbol }, ...space, ...parts];
  if (sign !== "-" || kind !== "accounting") return signed(sign, amount);
  return [{ type: "literal", value: "(" }, ...amount, { type: "literal", value: ")" }];
}

function partsOf(value, own) {
  const { parts, category, isZero } = numberParts(value, own);
  const sign = signOf(value, isZero, own.signDisplay);
  if (own.style === "currency") return withCurrency(sign, parts, category, own);
  if (own.style === "percent") return signed(sign, [...parts, { type: "percentSign", value: "%" }]);
  return signed(sign, own.style === "unit" ? withUnit(parts, category, own) : parts);
}

function numeric(value) {
  if (typeof value === "bigint") return value;
  const primitive = typeof value === "object" && value !== null ? value.valueOf() : value;
  return typeof primitive === "bigint" ? primitive : Number(primitive);
}

export class NumberFormat {
  #own;
  #format;
  constructor(locales, options) {
    this.#own = resolve(locales, options);
  }
  static supportedLocalesOf = supportedLocalesOf;
  get format() {
    this.#format ??= (value) => this.formatToParts(value).map((part) => part.value).join("");
    return this.#format;
  }
  formatToParts(value) {
    return partsOf(numeric(value), this.#own);
  }
  formatRange() {
    throw notAvailable("Intl.NumberFormat.formatRange is not available in the sandbox");
  }
  formatRangeToParts() {
    throw notAvailable("Intl.NumberFormat.formatRangeToParts is not available in the sandbox");
  }
  resolvedOptions() {
    return { ...this.#own };
  }
  get [Symbol.toStringTag]() {
    return "Intl.NumberFormat";
  }
}
