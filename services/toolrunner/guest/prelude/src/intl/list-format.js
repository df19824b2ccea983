// Intl.ListFormat.
import { sectionOf } from "./data.js";
import { localeFor, supportedLocalesOf } from "./negotiate.js";
import { oneOf, strictOptions } from "./options.js";

const SERVICE = "Intl.ListFormat";
const TABLES = { conjunction: "standard", disjunction: "or", unit: "unit" };

// Spanish and Hebrew change the last join by how the next word begins, as ICU does.
function adjusted(pattern, next, language) {
  if (language === "es") {
    if (/\{0\} y \{1\}/.test(pattern) && /^(?:i|hi(?!a|e))/i.test(next)) return pattern.replace(" y ", " e ");
    if (/\{0\} o \{1\}/.test(pattern) && /^(?:o|ho|8|11(?!\d))/i.test(next)) return pattern.replace(" o ", " u ");
  }
  if (language === "he" && pattern.includes(" ו{1}") && !/^\p{Script=Hebrew}/u.test(next)) return pattern.replace(" ו{1}", " ו-{1}");
  return pattern;
}

function stringsOf(list) {
  if (list === undefined) return [];
  const items = [];
  for (const item of list) {
    if (typeof item !== "string") throw new TypeError(`Iterable yielded ${String(item)} which is not a string`);
    items.push(item);
  }
  return items;
}

// A pattern's `{0}` and `{1}` as lists of parts.
function laidIn(pattern, values) {
  return pattern.split(/\{(\d)\}/).flatMap((piece, i) => (i % 2 === 1 ? values[piece] : piece === "" ? [] : [{ type: "literal", value: piece }]));
}

/** The parts of a joined list; `patterns` is a table of list patterns. */
export function listParts(items, patterns, language) {
  const element = (value) => [{ type: "element", value }];
  const last = items.length - 1;
  if (last < 0) return [];
  if (last === 0) return element(items[0]);
  if (last === 1) return laidIn(adjusted(patterns[2], items[1], language), items.map(element));
  let parts = laidIn(patterns.start, [element(items[0]), element(items[1])]);
  for (let i = 2; i < last; i++) parts = laidIn(patterns.middle, [parts, element(items[i])]);
  return laidIn(adjusted(patterns.end, items[last], language), [parts, element(items[last])]);
}

/** The list patterns of a locale. */
export const listPatterns = (locale, type, style) => sectionOf("lists", locale)[TABLES[type] + (style === "long" ? "" : `-${style}`)];

export class ListFormat {
  #own;
  constructor(locales, options) {
    const given = strictOptions(options);
    const { tag, name } = localeFor(locales);
    oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
    const type = oneOf(given, "type", ["conjunction", "disjunction", "unit"], "conjunction", SERVICE);
    const style = oneOf(given, "style", ["long", "short", "narrow"], "long", SERVICE);
    this.#own = { locale: tag, type, style, language: name.split("_")[0], patterns: listPatterns(name, type, style) };
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  format(list) {
    return this.formatToParts(list).map((part) => part.value).join("");
  }
  formatToParts(list) {
    const { patterns, language } = this.#own;
    return listParts(stringsOf(list), patterns, language);
  }
  resolvedOptions() {
    const { locale, type, style } = this.#own;
    return { locale, type, style };
  }
}
