// Intl.ListFormat and Intl.RelativeTimeFormat of en-US.
import { localeFor, oneOf, optionsOf, supportedLocalesOf } from "./locales.js";
import { NumberFormat } from "./number-format.js";

function joins(type, style) {
  if (type === "unit") return style === "narrow" ? [" ", " ", " "] : [", ", ", ", ", "];
  if (type === "disjunction") return [", ", " or ", ", or "];
  if (style === "narrow") return [", ", ", ", ", "];
  return style === "short" ? [", ", " & ", ", & "] : [", ", " and ", ", and "];
}

export class ListFormat {
  #own;
  constructor(locales, options) {
    if (options === null || (options !== undefined && typeof options !== "object")) throw new TypeError("Incorrect ListFormat information provided");
    const given = optionsOf(options);
    const locale = localeFor(locales, "Intl.ListFormat");
    const type = oneOf(given, "type", ["conjunction", "disjunction", "unit"], "conjunction");
    this.#own = { locale, type, style: oneOf(given, "style", ["long", "short", "narrow"], "long") };
  }
  static supportedLocalesOf = supportedLocalesOf;
  format(list) {
    return this.formatToParts(list).map((part) => part.value).join("");
  }
  formatToParts(list = []) {
    const items = [...list];
    for (const item of items) if (typeof item !== "string") throw new TypeError("Iterable yielded " + String(item) + " which is not a string");
    const [middle, pair, last] = joins(this.#own.type, this.#own.style);
    const between = (i) => (items.length === 2 ? pair : i === items.length - 1 ? last : middle);
    return items.flatMap((value, i) => {
      const element = { type: "element", value };
      return i === 0 ? [element] : [{ type: "literal", value: between(i) }, element];
    });
  }
  resolvedOptions() {
    return { ...this.#own };
  }
  get [Symbol.toStringTag]() {
    return "Intl.ListFormat";
  }
}

const UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];
// short one and other, then narrow
const SHORT = {
  second: ["sec.", "sec.", "s"], minute: ["min.", "min.", "m"], hour: ["hr.", "hr.", "h"], day: ["day", "days", "d"],
  week: ["wk.", "wk.", "w"], month: ["mo.", "mo.", "mo"], quarter: ["qtr.", "qtrs.", "q"], year: ["yr.", "yr.", "y"],
};
const TODAY = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

function unitOf(given) {
  const unit = `${given}`.replace(/s$/, "");
  if (UNITS.includes(unit)) return unit;
  throw new RangeError(`Invalid unit argument for format() '${given}'`);
}

function nameOf(unit, isOne, style) {
  if (style === "long") return isOne ? unit : `${unit}s`;
  const [one, other, narrow] = SHORT[unit];
  return style === "narrow" ? narrow : isOne ? one : other;
}

function inWords(value, unit, style) {
  if (Object.is(value, -0)) return inWords(0, unit, style);
  if (unit === "second") return value === 0 ? "now" : undefined;
  if (unit === "day") return TODAY[value];
  const name = style === "long" ? unit : SHORT[unit][0];
  if (unit === "hour" || unit === "minute") return value === 0 ? `this ${unit}` : undefined;
  return { "-1": `last ${name}`, 0: `this ${name}`, 1: `next ${name}` }[value];
}

export class RelativeTimeFormat {
  #own;
  #number;
  constructor(locales, options) {
    const given = optionsOf(options);
    const locale = localeFor(locales, "Intl.RelativeTimeFormat");
    const style = oneOf(given, "style", ["long", "short", "narrow"], "long");
    this.#own = { locale, style, numeric: oneOf(given, "numeric", ["always", "auto"], "always"), numberingSystem: "latn" };
    this.#number = new NumberFormat("en-US");
  }
  static supportedLocalesOf = supportedLocalesOf;
  format(value, unit) {
    return this.formatToParts(value, unit).map((part) => part.value).join("");
  }
  formatToParts(given, givenUnit) {
    const value = Number(given);
    const unit = unitOf(givenUnit);
    if (!Number.isFinite(value)) throw new RangeError("Value need to be finite number for Intl.RelativeTimeFormat.prototype.format()");
    const { numeric, style } = this.#own;
    const words = numeric === "auto" ? inWords(value, unit, style) : undefined;
    if (words !== undefined) return [{ type: "literal", value: words }];
    const isPast = value < 0 || Object.is(value, -0);
    const size = Math.abs(value);
    const digits = this.#number.formatToParts(size).map((part) => ({ ...part, unit }));
    const name = nameOf(unit, size === 1, style);
    const after = `${style === "narrow" ? "" : " "}${name}${isPast ? " ago" : ""}`;
    return [...(isPast ? [] : [{ type: "literal", value: "in " }]), ...digits, { type: "literal", value: after }];
  }
  resolvedOptions() {
    return { ...this.#own };
  }
  get [Symbol.toStringTag]() {
    return "Intl.RelativeTimeFormat";
  }
}
