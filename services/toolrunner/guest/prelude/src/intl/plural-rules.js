// Intl.PluralRules of English.
import { decimalOf, written } from "./decimal.js";
import { digitOptions, rounded } from "./digits.js";
import { localeFor, oneOf, optionsOf, supportedLocalesOf } from "./locales.js";

/** The cardinal category of formatted digits: 1 is one, 1.0 is other. */
export const cardinalOf = (whole, fraction) => (whole.replace(/^0+(?=\d)/, "") === "1" && fraction === "" ? "one" : "other");

function ordinalOf(whole, fraction) {
  const number = Number(whole) % 100;
  if (fraction !== "" || (number >= 11 && number <= 13)) return "other";
  return { 1: "one", 2: "two", 3: "few" }[number % 10] ?? "other";
}

export class PluralRules {
  #locale;
  #type;
  #digits;
  constructor(locales, options) {
    const given = optionsOf(options);
    this.#locale = localeFor(locales, "Intl.PluralRules");
    this.#type = oneOf(given, "type", ["cardinal", "ordinal"], "cardinal");
    this.#digits = digitOptions(given, 0, 3);
  }
  static supportedLocalesOf = supportedLocalesOf;
  select(value) {
    const number = Number(value);
    if (!Number.isFinite(number)) return "other";
    const [whole, fraction] = written(rounded(decimalOf(Math.abs(number)), this.#digits), 1, this.#digits.minimumFractionDigits ?? 0);
    return this.#type === "ordinal" ? ordinalOf(whole, fraction) : cardinalOf(whole, fraction);
  }
  resolvedOptions() {
    const pluralCategories = this.#type === "ordinal" ? ["few", "one", "two", "other"] : ["one", "other"];
    return { locale: this.#locale, type: this.#type, ...this.#digits, pluralCategories };
  }
  get [Symbol.toStringTag]() {
    return "Intl.PluralRules";
  }
}
