// Intl.RelativeTimeFormat.
import { sectionOf } from "./data.js";
import { localeFor, resolvedTag, supportedLocalesOf } from "./negotiate.js";
import { NumberFormat } from "./number-format.js";
import { digitsOf } from "./numerals.js";
import { oneOf, optionsOf } from "./options.js";
import { PluralRules } from "./plural-rules.js";

const SERVICE = "Intl.RelativeTimeFormat";
const UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];

function unitOf(given) {
  const unit = `${given}`.replace(/s$/, "");
  if (UNITS.includes(unit)) return unit;
  throw new RangeError(`Invalid unit argument for format() '${given}'`);
}

export class RelativeTimeFormat {
  #own;
  constructor(locales, options) {
    const given = optionsOf(options);
    const { tag, name, keywords } = localeFor(locales);
    oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
    const numerals = digitsOf(given, keywords, name);
    const style = oneOf(given, "style", ["long", "short", "narrow"], "long", SERVICE);
    const numeric = oneOf(given, "numeric", ["always", "auto"], "always", SERVICE);
    const locale = resolvedTag(tag, numerals.used);
    const number = new NumberFormat(locale, { numberingSystem: numerals.name });
    this.#own = { name, number, plural: new PluralRules(tag), shown: { locale, style, numeric, numberingSystem: numerals.name } };
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  format(value, unit) {
    return this.formatToParts(value, unit).map((part) => part.value).join("");
  }
  formatToParts(value, unit) {
    const { name, number, plural, shown } = this.#own;
    const amount = Number(value);
    const own = unitOf(unit);
    if (!Number.isFinite(amount)) throw new RangeError("The value need to be finite number for Intl.RelativeTimeFormat.prototype.format()");
    const { words, counts } = sectionOf("relatives", name)[own + (shown.style === "long" ? "" : `-${shown.style}`)];
    const word = shown.numeric === "auto" ? words?.[Object.is(amount, -0) ? 0 : amount] : undefined;
    if (word !== undefined) return [{ type: "literal", value: word }];
    const table = counts[amount < 0 || Object.is(amount, -0) ? "past" : "future"];
    const size = Math.abs(amount);
    const pattern = table[plural.select(size)] ?? table.other;
    const parts = number.formatToParts(size).map((part) => ({ ...part, unit: own }));
    const literal = (text) => (text === "" ? [] : [{ type: "literal", value: text }]);
    const [before, after] = pattern.split("{0}");
    return after === undefined ? literal(before) : [...literal(before), ...parts, ...literal(after)];
  }
  resolvedOptions() {
    return { ...this.#own.shown };
  }
}
