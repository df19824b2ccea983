// Intl.NumberFormat.
import { partsOfNumber } from "./number-parts.js";
import { numberSettings } from "./number-options.js";
import { numberRange } from "./number-range.js";
import { supportedLocalesOf } from "./negotiate.js";

const joined = (parts) => parts.map((part) => part.value).join("");
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

// A number, a BigInt, or the text of a decimal, which keeps all its digits.
function numeric(value) {
  const primitive = typeof value === "object" && value !== null || typeof value === "function" ? toPrimitive(value) : value;
  if (typeof primitive === "bigint") return primitive;
  if (typeof primitive !== "string") return Number(primitive);
  const text = primitive.trim();
  if (!NUMBER.test(text)) return Number(text);
  return Math.abs(Number(text.split(/e/i)[1] ?? 0)) > 1000 ? Number(text) : text;
}

function toPrimitive(value) {
  const own = value[Symbol.toPrimitive];
  if (own === undefined || own === null) {
    for (const name of ["valueOf", "toString"]) {
      const result = typeof value[name] === "function" ? value[name]() : value;
      if (typeof result !== "object" || result === null) return result;
    }
    throw new TypeError("Cannot convert object to primitive value");
  }
  return own.call(value, "number");
}

export class NumberFormat {
  #own;
  #format;
  constructor(locales, options) {
    this.#own = numberSettings(locales, options);
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  get format() {
    const own = this.#own;
    this.#format ??= (0, (value) => joined(partsOfNumber(numeric(value), own)));
    return this.#format;
  }
  formatToParts(value) {
    return partsOfNumber(numeric(value), this.#own);
  }
  formatRange(start, end) {
    return joined(this.#range(start, end));
  }
  formatRangeToParts(start, end) {
    return this.#range(start, end);
  }
  #range(start, end) {
    const own = this.#own;
    if (start === undefined || end === undefined) throw new TypeError("start or end is undefined");
    const [one, two] = [numeric(start), numeric(end)];
    if (Number.isNaN(Number(one)) || Number.isNaN(Number(two))) throw new RangeError("Invalid argument: NaN");
    return numberRange(one, two, own);
  }
  resolvedOptions() {
    return { ...this.#own.shown };
  }
}
