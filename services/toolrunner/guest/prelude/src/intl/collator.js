// Intl.Collator.
import { Elements, rootTables, tailored } from "./collation-data.js";
import { tableOf } from "./data.js";
import { localeFor, resolvedTag, supportedLocalesOf } from "./negotiate.js";
import { oneOf, optionsOf, typeOf } from "./options.js";

const SERVICE = "Intl.Collator";
const UPPER_FIRST = 0x300, CASE_FIRST = 0x200, SHIFTED = 4, BACKWARD = 0x800, CASE_LEVEL = 0x400;
const TYPES = { phonebk: "phonebook", trad: "traditional", dict: "dictionary", gb2312: "gb2312han" };
const cache = new Map();

function tablesFor({ name, type }) {
  const key = `${name}/${type}`;
  if (!cache.has(key)) cache.set(key, name === "root" && type === "standard" ? rootTables() : tailored(name, type));
  return cache.get(key);
}

// Which tailoring a locale uses for a type, as `{name, type}`.
function sourceFor(locale, asked, usage) {
  const { default: standard, found } = tableOf("collations").types[locale];
  const type = usage === "search" ? "search" : asked ?? standard;
  return { name: found[type] ?? "root", type: found[type] === undefined ? "standard" : type };
}

function reordered({ table, ranges }) {
  if (table.length === 0) return undefined;
  return (primary) => {
    const lead = primary >>> 24;
    if (table[lead] !== 0 || lead <= 1) return table[lead] * 0x1000000 + (primary & 0xffffff);
    const wide = (primary | 0xffff) >>> 0;
    const range = ranges.find((one) => wide < ((one & 0xffff0000) >>> 0));
    return range === undefined ? primary : (primary + ((range & 0xffff) << 24)) >>> 0;
  };
}

// Without what punctuation adds, where it is to be ignored.
function unshifted(list, variable) {
  const kept = [];
  let isVariable = false;
  for (let i = 0; i < list.length; i += 3) {
    const primary = list[i];
    if (primary !== 0) isVariable = primary > 0x2000000 && primary <= variable;
    if (!isVariable) kept.push(primary, list[i + 1], list[i + 2]);
  }
  return kept;
}

function byLevel(left, right, at, weight, backward = false) {
  const weights = (list) => {
    const all = [];
    for (let i = 0; i < list.length; i += 3) {
      const value = weight(list[i + at], list, i);
      if (value !== 0) all.push(value);
    }
    return backward ? all.reverse() : all;
  };
  const [one, two] = [weights(left), weights(right)];
  const length = Math.min(one.length, two.length);
  for (let i = 0; i < length; i++) if (one[i] !== two[i]) return one[i] < two[i] ? -1 : 1;
  return Math.sign(one.length - two.length);
}

const same = (weight) => weight;

function tertiary(own) {
  const mask = own.caseFirst === 0 ? 0x3f3f : 0xff3f;
  const isUpperFirst = own.caseFirst === UPPER_FIRST;
  return (weight, list, i) => {
    const own16 = weight & mask;
    if (!isUpperFirst || own16 <= 0x100) return own16;
    return list[i + 1] !== 0 || list[i] !== 0 ? own16 ^ 0xc000 : own16 + 0x4000;
  };
}

// The case alone, of what has a primary weight or, beyond base letters, a secondary one.
function caseOf(own) {
  const sign = own.caseFirst === UPPER_FIRST ? -1 : 1;
  return (weight, list, i) => {
    const counts = own.strength === 0 ? list[i] !== 0 : list[i + 1] !== 0;
    return counts ? (sign < 0 ? 4 - (weight >>> 14) : 1 + (weight >>> 14)) : 0;
  };
}

const ASCII = /^[\x20-\x7e]*$/;

/** Negative, zero or positive, as `one` sorts before, with or after `two`. */
function compare(one, two, own) {
  if (one === two) return 0;
  const elements = (text) => {
    const list = new Elements(own.tables, own.numeric).of(ASCII.test(text) ? text : text.normalize("NFC"));
    return own.isShifted ? unshifted(list, own.tables.variable) : list;
  };
  const [left, right] = [elements(one), elements(two)];
  let order = byLevel(left, right, 0, own.reorder ?? same);
  if (order === 0 && own.strength > 0) order = byLevel(left, right, 1, same, own.isBackward);
  if (order === 0 && own.hasCaseLevel) order = byLevel(left, right, 2, caseOf(own));
  if (order === 0 && own.strength > 1) order = byLevel(left, right, 2, tertiary(own));
  return order;
}

const STRENGTHS = { base: 0, accent: 1, case: 0, variant: 2 };

function settings(locales, options) {
  const given = optionsOf(options);
  const usage = oneOf(given, "usage", ["sort", "search"], "sort", SERVICE);
  const asks = localeFor(locales);
  const { name, keywords } = asks;
  // Collations are by language but for a few regions; so is the locale that is told.
  const tag = tableOf("collations").told[asks.stated] ?? asks.stated;
  oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
  const { found } = tableOf("collations").types[name];
  const known = (type) => (type !== undefined && type !== "standard" && type !== "search" && found[TYPES[type] ?? type] !== undefined ? type : undefined);
  const option = known(typeOf(given, "collation"));
  const keyword = usage === "search" ? undefined : known(keywords.get("co"));
  const asked = usage === "search" ? undefined : option ?? keyword;
  const numericKey = keywords.has("kn") ? keywords.get("kn") !== "false" : undefined;
  const numeric = given.numeric === undefined ? numericKey ?? false : !!given.numeric;
  const caseKey = ["upper", "lower", "false"].includes(keywords.get("kf")) ? keywords.get("kf") : undefined;
  const stated = oneOf(given, "caseFirst", ["upper", "lower", "false"], undefined, SERVICE) ?? caseKey;
  const sensitivity = oneOf(given, "sensitivity", ["base", "accent", "case", "variant"], "variant", SERVICE);
  const tables = tablesFor(sourceFor(name, asked && (TYPES[asked] ?? asked), usage));
  const ignorePunctuation = given.ignorePunctuation === undefined ? (tables.options & SHIFTED) !== 0 : !!given.ignorePunctuation;
  const own = { upper: UPPER_FIRST, lower: CASE_FIRST, false: 0 };
  const caseFirst = stated === undefined ? tables.options & UPPER_FIRST : own[stated];
  const used = [
    ...(asked !== undefined && keyword === asked ? [["co", asked]] : []), ...(numericKey !== undefined && numericKey === numeric ? [["kn", numericKey ? "" : "false"]] : []),
    ...(caseKey !== undefined && caseKey === stated ? [["kf", caseKey]] : []),
  ];
  return {
    tables, numeric, caseFirst, strength: STRENGTHS[sensitivity], hasCaseLevel: sensitivity === "case" || (tables.options & CASE_LEVEL) !== 0,
    isShifted: ignorePunctuation, isBackward: (tables.options & BACKWARD) !== 0, reorder: reordered(tables),
    shown: {
      locale: resolvedTag(tag, used), usage, sensitivity, ignorePunctuation, collation: asked ?? "default", numeric,
      caseFirst: { [UPPER_FIRST]: "upper", [CASE_FIRST]: "lower" }[caseFirst] ?? "false",
    },
  };
}

export class Collator {
  #own;
  #compare;
  constructor(locales, options) {
    this.#own = settings(locales, options);
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  get compare() {
    const own = this.#own;
    this.#compare ??= (0, (one, two) => compare(`${one}`, `${two}`, own));
    return this.#compare;
  }
  resolvedOptions() {
    return { ...this.#own.shown };
  }
}
