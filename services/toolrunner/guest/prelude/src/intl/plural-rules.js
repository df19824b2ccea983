// Intl.PluralRules, and the plural categories of formatted numbers.
import { tableOf } from "./data.js";
import { decimalOf, written } from "./decimal.js";
import { digitOptions, rounded } from "./digits.js";
import { localeFor, supportedLocalesOf } from "./negotiate.js";
import { oneOf, optionsOf } from "./options.js";

const compiled = new Map();
const ORDER = ["zero", "one", "two", "few", "many", "other"];
// ICU keeps this many digits of a whole number for the rules.
const MOST_DIGITS = 18;

function relation(text) {
  const [, operand, modulus, operator, ranges] = /^([nivwftce])(?: % (\d+))? (!?=) (.+)$/.exec(text);
  const spans = ranges.split(",").map((range) => range.split("..").map(Number));
  return (operands) => {
    const value = modulus === undefined ? operands[operand] : operands[operand] % Number(modulus);
    const isIn = spans.some(([low, high = low]) => value >= low && value <= high && (low === high || Number.isInteger(value)));
    return isIn === (operator === "=");
  };
}

function condition(text) {
  const either = text.split(" or ").map((part) => part.split(" and ").map((one) => relation(one.trim())));
  return (operands) => either.some((all) => all.every((test) => test(operands)));
}

function ruleName(locale, sets) {
  let name = locale;
  while (sets[name] === undefined && name.includes("_")) name = name.slice(0, name.lastIndexOf("_"));
  return name;
}

function rulesFor(locale, type) {
  const { cardinal, ordinal, rules } = tableOf("plurals");
  const sets = type === "ordinal" ? ordinal : cardinal;
  const key = sets[ruleName(locale, sets)];
  if (key === undefined) return [];
  if (!compiled.has(key)) {
    const tests = Object.entries(rules[key]).filter(([category]) => category !== "other");
    compiled.set(key, tests.map(([category, text]) => [category, condition(text)]));
  }
  return compiled.get(key);
}

/** The category of written digits; `exponent` is that of compact notation. */
export function categoryOf(locale, [whole, fraction], exponent = 0, type = "cardinal") {
  const trimmed = fraction.replace(/0+$/, "");
  const shiftedWhole = exponent > 0 ? whole + fraction.padEnd(exponent, "0").slice(0, exponent) : whole;
  const shiftedFraction = exponent > 0 ? fraction.slice(exponent) : fraction;
  const operands = {
    n: Number(`${shiftedWhole}.${shiftedFraction || 0}`), i: Number(shiftedWhole.slice(-MOST_DIGITS)), v: shiftedFraction.length,
    w: shiftedFraction.replace(/0+$/, "").length, f: Number(shiftedFraction || 0), t: Number((exponent > 0 ? shiftedFraction.replace(/0+$/, "") : trimmed) || 0),
    c: exponent, e: exponent,
  };
  return rulesFor(locale, type).find(([, test]) => test(operands))?.[0] ?? "other";
}

/** The category of a range by those of its ends. */
export function rangeCategory(locale, start, end) {
  const { locales, rules } = tableOf("plurals").ranges;
  const set = rules[locales[locale.split("_")[0]]] ?? [];
  return set.find(([one, two]) => one === start && two === end)?.[2] ?? end;
}

/** The categories of a locale. */
export function categoriesOf(locale, type) {
  const named = rulesFor(locale, type).map(([category]) => category);
  return ORDER.filter((category) => category === "other" || named.includes(category));
}

export class PluralRules {
  #own;
  constructor(locales, options) {
    const given = optionsOf(options);
    const { tag, name } = localeFor(locales);
    oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", "Intl.PluralRules");
    const type = oneOf(given, "type", ["cardinal", "ordinal"], "cardinal", "Intl.PluralRules");
    // Rules are by language, and so is the locale that is told.
    const shown = ruleName(tag.replaceAll("-", "_"), tableOf("plurals").cardinal).replaceAll("_", "-");
    this.#own = { tag: shown, name, type, digits: digitOptions(given, 0, 3, false, "Intl.PluralRules") };
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  select(value) {
    const { name, type, digits } = this.#own;
    const number = Number(value);
    if (!Number.isFinite(number)) return "other";
    const { decimal, least } = rounded(decimalOf(Math.abs(number)), digits);
    return categoryOf(name, written(decimal, 1, least), 0, type);
  }
  selectRange(start, end) {
    const { name } = this.#own;
    if (start === undefined || end === undefined) throw new TypeError("start or end is undefined");
    if (Number.isNaN(Number(start)) || Number.isNaN(Number(end))) throw new RangeError("Invalid argument: NaN");
    return rangeCategory(name, this.select(start), this.select(end));
  }
  resolvedOptions() {
    const { tag, name, type, digits } = this.#own;
    const { roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay, ...counts } = digits;
    return {
      locale: tag, type, ...counts, pluralCategories: categoriesOf(name, type), roundingIncrement, roundingMode, roundingPriority,
      trailingZeroDisplay,
    };
  }
}
