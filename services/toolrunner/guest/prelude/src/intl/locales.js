// The locales of the sandbox's Intl: US English. Any other is refused rather than formatted in
// English.
import { notAvailable } from "../core/errors.js";

const TAG = /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?$/i;
const OURS = /^en(?:-Latn)?(?:-US)?(?:-u-.*)?$/;

/** The canonical form of a language tag; RangeError for an invalid one. */
function canonical(tag) {
  if (typeof tag !== "string" && (typeof tag !== "object" || tag === null)) {
    throw new TypeError("Incorrect locale information provided");
  }
  const text = `${tag}`;
  if (!TAG.test(text)) throw new RangeError(`Incorrect locale information provided`);
  const parts = text.split("-");
  const cased = parts.map((part, i) => {
    if (i === 0) return part.toLowerCase();
    if (parts.slice(0, i).some((before) => before.length === 1)) return part.toLowerCase();
    if (part.length === 4 && !/^\d/.test(part)) return part[0].toUpperCase() + part.slice(1).toLowerCase();
    return part.length === 2 ? part.toUpperCase() : part.toLowerCase();
  });
  return cased.join("-");
}

/** The canonical forms of these tags, each once. */
export function getCanonicalLocales(locales) {
  if (locales === undefined) return [];
  const list = typeof locales === "string" || locales instanceof Locale ? [locales] : Array.from(Object(locales));
  return [...new Set(list.map(canonical))];
}

export const supportedLocalesOf = (locales) => getCanonicalLocales(locales).filter((tag) => OURS.test(tag));

/** The locale that these tags resolve to, without extensions; throws for unsupported ones. */
export function localeFor(locales, what) {
  const tags = getCanonicalLocales(locales);
  if (tags.length === 0) return "en-US";
  const found = tags.find((tag) => OURS.test(tag));
  if (found !== undefined) return found.replace(/-u-.*/, "");
  throw notAvailable(`${what} for the locale "${tags[0]}" is not available in the sandbox: it knows en-US`);
}

/** An option with a fixed set of values, and its default. */
export function oneOf(options, name, values, fallback) {
  const value = options[name];
  if (value === undefined) return fallback;
  if (values.includes(`${value}`)) return `${value}`;
  throw new RangeError(`Value ${value} out of range for Intl options property ${name}`);
}

/** An option that is a whole number in a range, and its default. */
export function numberIn(options, name, least, most, fallback) {
  const value = options[name];
  if (value === undefined) return fallback;
  const number = Number(value);
  if (number >= least && number <= most) return Math.floor(number);
  throw new RangeError(`${name} value is out of range.`);
}

/** Options as an object; undefined counts as none. */
export function optionsOf(given) {
  if (given === undefined) return Object.create(null);
  if (given === null) throw new TypeError("Cannot convert undefined or null to object");
  return Object(given);
}

export class Locale {
  #tag;
  constructor(tag, options = undefined) {
    const base = canonical(tag);
    const [language, ...rest] = base.split("-");
    const { language: newLanguage, region } = optionsOf(options);
    const parts = rest.filter((part) => region === undefined || !/^(?:[A-Z]{2}|\d{3})$/.test(part));
    this.#tag = canonical([newLanguage ?? language, ...(region === undefined ? [] : [region]), ...parts].join("-"));
  }
  toString() {
    return this.#tag;
  }
  get baseName() {
    return this.#tag.replace(/-[a-z]-.*/, "");
  }
  get language() {
    return this.#tag.split("-")[0];
  }
  get region() {
    return this.baseName.split("-").slice(1).find((part) => /^(?:[A-Z]{2}|\d{3})$/.test(part));
  }
  get script() {
    return this.baseName.split("-").slice(1).find((part) => /^[A-Z][a-z]{3}$/.test(part));
  }
  maximize() {
    throw notAvailable("Intl.Locale.maximize is not available in the sandbox");
  }
  minimize() {
    throw notAvailable("Intl.Locale.minimize is not available in the sandbox");
  }
  get [Symbol.toStringTag]() {
    return "Intl.Locale";
  }
}
