// `Intl`, and the methods of built-ins that use it.
import { hasOwn } from "../core/primordials.js";
import { Collator } from "./collator.js";
import { useData, tableOf } from "./data.js";
import { DateTimeFormat } from "./date-time-format.js";
import { DisplayNames } from "./display-names.js";
import { DurationFormat } from "./duration-format.js";
import { ListFormat } from "./list-format.js";
import { Locale } from "./locale.js";
import { inflateBytes } from "./inflate.js";
import { installMethods } from "./methods.js";
import { getCanonicalLocales } from "./negotiate.js";
import { NumberFormat } from "./number-format.js";
import { PluralRules } from "./plural-rules.js";
import { RelativeTimeFormat } from "./relative-time-format.js";
import { Segmenter } from "./segmenter.js";
import { warmed } from "./warm.js";

const { construct } = Reflect;
const hide = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });

// By the standard, these may be called without `new`.
function callable(FormatClass, name) {
  const formatter = {
    [name]: function (locales, options) {
      return construct(FormatClass, [locales, options], new.target ?? formatter);
    },
  }[name];
  Object.defineProperty(formatter, "length", { value: 0, configurable: true });
  Object.defineProperty(formatter, "prototype", { value: FormatClass.prototype, writable: false, enumerable: false, configurable: false });
  hide(formatter.prototype, "constructor", formatter);
  hide(formatter, "supportedLocalesOf", FormatClass.supportedLocalesOf);
  return formatter;
}

function finished(name, FormatClass) {
  const tag = { value: `Intl.${name}`, configurable: true, writable: false, enumerable: false };
  Object.defineProperty(FormatClass.prototype, Symbol.toStringTag, tag);
  const length = name === "Locale" ? 1 : name === "DisplayNames" ? 2 : 0;
  Object.defineProperty(FormatClass, "length", { value: length, configurable: true });
  Object.defineProperty(FormatClass, "name", { value: name, configurable: true });
  return FormatClass;
}

const INTL = {
  getCanonicalLocales(locales) {
    return getCanonicalLocales(locales);
  },
  supportedValuesOf(key) {
    const lists = tableOf("supported");
    if (!hasOwn(lists, `${key}`)) throw new RangeError(`Invalid key : ${key}`);
    return [...lists[`${key}`]];
  },
};

/** Makes `Intl` over locale data and installs the locale methods. */
export function createIntl(data) {
  useData(data, inflateBytes);
  const classes = { DisplayNames, DurationFormat, ListFormat, Locale, PluralRules, RelativeTimeFormat, Segmenter };
  const called = { Collator, DateTimeFormat, NumberFormat };
  const Intl = {};
  for (const name of Object.keys(INTL)) hide(Intl, name, INTL[name]);
  for (const name of Object.keys(called)) hide(Intl, name, callable(finished(name, called[name]), name));
  for (const name of Object.keys(classes)) hide(Intl, name, finished(name, classes[name]));
  installMethods();
  warmed();
  return Object.defineProperty(Intl, Symbol.toStringTag, { value: "Intl", configurable: true });
}
