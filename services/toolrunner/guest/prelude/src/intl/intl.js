// Intl for en-US, and the built-in methods that use it.
import { notAvailable } from "../core/errors.js";
import { Collator } from "./collator.js";
import { DateTimeFormat } from "./date-time-format.js";
import { getCanonicalLocales, Locale, localeFor, oneOf, optionsOf, supportedLocalesOf } from "./locales.js";
import { NumberFormat } from "./number-format.js";
import { PluralRules } from "./plural-rules.js";
import { ListFormat, RelativeTimeFormat } from "./text-formats.js";

const SUPPORTED = { calendar: ["gregory"], collation: ["default"], numberingSystem: ["latn"], timeZone: ["UTC"], currency: [], unit: [] };

// By the standard, these may be called without `new`.
function callable(FormatClass) {
  return new Proxy(FormatClass, { apply: (target, self, args) => new target(...args) });
}

function lacking(name) {
  return class {
    constructor() {
      throw notAvailable(`Intl.${name} is not available in the sandbox`);
    }
    static supportedLocalesOf() {
      return [];
    }
  };
}

function supportedValuesOf(key) {
  if (!Object.hasOwn(SUPPORTED, key)) throw new RangeError(`Invalid key : ${key}`);
  return [...SUPPORTED[key]];
}

function segmenterOver(unpack) {
  return class Segmenter {
    #own;
    #inner;
    constructor(locales, options) {
      const given = optionsOf(options);
      const granularity = oneOf(given, "granularity", ["grapheme", "word", "sentence"], "grapheme");
      if (granularity !== "grapheme") throw notAvailable(`Intl.Segmenter by ${granularity} is not available in the sandbox`);
      this.#own = { locale: localeFor(locales, "Intl.Segmenter"), granularity };
      this.#inner = new (unpack("segmenter").Segmenter)(this.#own.locale, { granularity });
    }
    static supportedLocalesOf = supportedLocalesOf;
    segment(text) {
      return this.#inner.segment(`${text}`);
    }
    resolvedOptions() {
      return { ...this.#own };
    }
    get [Symbol.toStringTag]() {
      return "Intl.Segmenter";
    }
  };
}

function method(prototype, name, value) {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}

function installMethods() {
  const dated = (required, defaults) =>
    function toLocaleString(locales, options) {
      const time = Date.prototype.getTime.call(this);
      const format = new DateTimeFormat(locales, options, required, defaults);
      return Number.isNaN(time) ? "Invalid Date" : format.format(time);
    };
  method(Date.prototype, "toLocaleString", dated("any", "all"));
  method(Date.prototype, "toLocaleDateString", dated("date", "date"));
  method(Date.prototype, "toLocaleTimeString", dated("time", "time"));
  for (const prototype of [Number.prototype, BigInt.prototype]) {
    method(prototype, "toLocaleString", function toLocaleString(locales, options) {
      return new NumberFormat(locales, options).format(prototype.valueOf.call(this));
    });
  }
  method(String.prototype, "localeCompare", function localeCompare(other, locales, options) {
    return new Collator(locales, options).compare(`${this}`, `${other}`);
  });
  const inLocale = (name, change) =>
    method(String.prototype, name, function cased(locales) {
      if (locales !== undefined) localeFor(locales, `String.prototype.${name}`);
      return change.call(this);
    });
  inLocale("toLocaleUpperCase", String.prototype.toUpperCase);
  inLocale("toLocaleLowerCase", String.prototype.toLowerCase);
  const joined = (prototype) =>
    method(prototype, "toLocaleString", function toLocaleString(locales, options) {
      const items = Array.from(this, (item) => (item === null || item === undefined ? "" : item.toLocaleString(locales, options)));
      return items.join(",");
    });
  joined(Array.prototype);
  joined(Object.getPrototypeOf(Uint8Array.prototype));
}

/** Makes `Intl` and installs the locale methods of built-ins; `unpack(name)` returns packages. */
export function createIntl(unpack) {
  installMethods();
  const Intl = {
    Collator: callable(Collator),
    DateTimeFormat: callable(DateTimeFormat),
    DisplayNames: lacking("DisplayNames"),
    DurationFormat: lacking("DurationFormat"),
    ListFormat,
    Locale,
    NumberFormat: callable(NumberFormat),
    PluralRules,
    RelativeTimeFormat,
    Segmenter: segmenterOver(unpack),
    getCanonicalLocales,
    supportedValuesOf,
  };
  for (const key of Object.keys(Intl)) Object.defineProperty(Intl, key, { enumerable: false });
  return Object.defineProperty(Intl, Symbol.toStringTag, { value: "Intl", configurable: true });
}
