// The options of Intl.NumberFormat.
import { notAvailable } from "../core/errors.js";
import { sectionOf, tableOf } from "./data.js";
import { digitOptions } from "./digits.js";
import { localeFor, resolvedTag } from "./negotiate.js";
import { digitsOf } from "./numerals.js";
import { oneOf, optionsOf } from "./options.js";

const SERVICE = "Intl.NumberFormat";
const SINGLE = /^[a-z]+(?:-[a-z]+)*$/;

function isUnit(unit) {
  const known = tableOf("supported").unit;
  const parts = unit.split("-per-");
  return known.includes(unit) || (parts.length === 2 && parts.every((part) => known.includes(part)));
}

function currencyOptions(given, style) {
  const code = given.currency === undefined ? undefined : `${given.currency}`;
  if (code !== undefined && !/^[a-z]{3}$/i.test(code)) throw new RangeError(`Invalid currency code : ${code}`);
  if (code === undefined && style === "currency") throw new TypeError("Currency code is required with currency style.");
  const currencyDisplay = oneOf(given, "currencyDisplay", ["code", "symbol", "name", "narrowSymbol"], "symbol", SERVICE);
  const currencySign = oneOf(given, "currencySign", ["standard", "accounting"], "standard", SERVICE);
  return style === "currency" ? { currency: code.toUpperCase(), currencyDisplay, currencySign } : {};
}

function unitOptions(given, style) {
  const unit = given.unit === undefined ? undefined : `${given.unit}`;
  if (unit !== undefined && !(SINGLE.test(unit) && isUnit(unit))) throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${unit}'`);
  if (unit === undefined && style === "unit") throw new TypeError("Required option \"unit\" must not be undefined");
  const unitDisplay = oneOf(given, "unitDisplay", ["short", "narrow", "long"], "short", SERVICE);
  return style === "unit" ? { unit, unitDisplay } : {};
}

function groupingOf({ useGrouping: value }, notation) {
  const fallback = notation === "compact" ? "min2" : "auto";
  if (value === undefined) return fallback;
  if (value === true) return "always";
  if (!value) return false;
  const text = `${value}`;
  if (text === "true" || text === "false") return fallback;
  if (["min2", "auto", "always"].includes(text)) return text;
  throw new RangeError(`Value ${text} out of range for ${SERVICE} options property useGrouping`);
}

const placesOf = (currency) => tableOf("facts").places[currency] ?? 2;

/** Everything that a formatter needs, from what it was made with. */
export function numberSettings(locales, options) {
  const given = optionsOf(options);
  const { tag, name, keywords } = localeFor(locales);
  oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
  const numerals = digitsOf(given, keywords, name);
  const style = oneOf(given, "style", ["decimal", "percent", "currency", "unit"], "decimal", SERVICE);
  const named = { ...currencyOptions(given, style), ...unitOptions(given, style) };
  const notation = oneOf(given, "notation", ["standard", "scientific", "engineering", "compact"], "standard", SERVICE);
  const isMoney = style === "currency" && notation === "standard";
  const places = isMoney ? placesOf(named.currency) : 0;
  const digits = digitOptions(given, places, isMoney ? places : style === "percent" ? 0 : 3, notation === "compact");
  const compactDisplay = oneOf(given, "compactDisplay", ["short", "long"], "short", SERVICE);
  const useGrouping = groupingOf(given, notation);
  const signDisplay = oneOf(given, "signDisplay", ["auto", "never", "always", "exceptZero", "negative"], "auto", SERVICE);
  const { roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay, ...counts } = digits;
  const shown = {
    locale: resolvedTag(tag, numerals.used), numberingSystem: numerals.name, style, ...named, ...counts, useGrouping, notation,
    ...(notation === "compact" ? { compactDisplay } : {}), signDisplay, roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay,
  };
  return { shown, digits, numerals, locale: name, style, ...named, notation, compactDisplay, useGrouping, signDisplay };
}

/** The symbol or code of a currency in a locale. */
export function currencySymbol(code, display, locale) {
  if (display === "code") return code;
  const { names, narrow } = sectionOf("currencies", locale);
  const symbol = names?.[code]?.[0] ?? code;
  return display === "narrowSymbol" ? narrow[code] ?? symbol : symbol;
}

/** The name of a currency for a plural category. */
export function currencyName(code, category, locale) {
  const { names, plurals } = sectionOf("currencies", locale);
  return plurals[code]?.[category] ?? plurals[code]?.other ?? names?.[code]?.[1] ?? code;
}

/** A unit's pattern for a plural category, with `{0}` for the number. */
export function unitPattern(unit, display, category, locale) {
  const all = sectionOf("units", locale);
  const table = all[display];
  const of = (name, count = category) => table[name]?.[count] ?? table[name]?.other ?? all.short[name]?.[count] ?? all.short[name]?.other;
  const whole = of(unit);
  if (whole !== undefined) return whole;
  const [over, under] = unit.split("-per-");
  if (under === undefined) throw notAvailable(`Intl.NumberFormat of the unit "${unit}" is not available in the sandbox`);
  const per = table[under]?.per ?? all.short[under]?.per;
  if (per !== undefined) return per.replace("{0}", of(over));
  const bare = of(under, "one").replace("{0}", "").trim();
  return (table.per ?? all.short.per).replace("{1}", bare).replace("{0}", of(over));
}
