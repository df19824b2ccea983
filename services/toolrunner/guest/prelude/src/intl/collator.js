// Intl.Collator for English: base letters first, then accents, then lower case before upper. Latin
// letters, digits, spaces and ASCII punctuation follow Unicode's root collation; other scripts are
// ordered by code point.
import { localeFor, supportedLocalesOf } from "./negotiate.js";
import { oneOf, optionsOf } from "./options.js";

const MARKS = /\p{M}+/gu;
// Spaces, then punctuation and symbols in the order of the root collation.
const FIRST = "\t\n\v\f\r \u00a0_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
const SPECIAL = { æ: "ae", œ: "oe", ß: "ss", ø: "o", ł: "l", đ: "d", þ: "th" };

function weightOf(character) {
  const place = FIRST.indexOf(character);
  if (place >= 0) return place;
  const code = character.codePointAt(0);
  if (/\p{Nd}/u.test(character)) return 1000 + (code % 0x30 < 10 ? code - 0x30 : code);
  if (/\p{L}/u.test(character)) return 10_000 + code;
  return 500 + Math.min(code / 0x110000, 1) * 400;
}

const bare = (text) => text.normalize("NFD").replace(MARKS, "").toLowerCase().replace(/[æœßøłđþ]/g, (letter) => SPECIAL[letter]);

function unitsOf(text, numeric) {
  const base = bare(text);
  return numeric ? base.match(/\d+|[^\d]/gu) ?? [] : [...base];
}

function compareUnits(one, two, numeric) {
  if (numeric && /^\d/.test(one) && /^\d/.test(two)) {
    const [a, b] = [BigInt(one), BigInt(two)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return weightOf(one) - weightOf(two);
}

function comparePrimary(one, two, numeric) {
  const [left, right] = [unitsOf(one, numeric), unitsOf(two, numeric)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = compareUnits(left[i], right[i], numeric);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const marksOf = (text) => [...text.normalize("NFD").matchAll(/(\P{M})(\p{M}*)/gu)].map(([, , marks]) => marks);

function compareLists(one, two) {
  for (let i = 0; i < one.length && i < two.length; i++) {
    if (one[i] !== two[i]) return one[i] < two[i] ? -1 : 1;
  }
  return one.length - two.length;
}

const casesOf = (text) => [...text.normalize("NFD").replace(MARKS, "")].map((letter) => (letter !== letter.toLowerCase() ? 1 : 0));

function compareCases(one, two, caseFirst) {
  const order = compareLists(casesOf(one), casesOf(two));
  return caseFirst === "upper" ? -order : order;
}

/** Negative, zero or positive, as `one` sorts before, with or after `two`. */
function compare(one, two, { sensitivity, numeric, caseFirst, ignorePunctuation }) {
  const clean = (text) => (ignorePunctuation ? text.replace(/[\p{P}\s]/gu, "") : text);
  const [left, right] = [clean(one), clean(two)];
  if (left === right) return 0;
  const steps = [() => comparePrimary(left, right, numeric)];
  if (sensitivity === "accent" || sensitivity === "variant") steps.push(() => compareLists(marksOf(left), marksOf(right)));
  if (sensitivity === "case" || sensitivity === "variant") steps.push(() => compareCases(left, right, caseFirst));
  for (const step of steps) {
    const order = step();
    if (order !== 0) return order < 0 ? -1 : 1;
  }
  return 0;
}

export class Collator {
  #own;
  #compare;
  constructor(locales, options) {
    const given = optionsOf(options);
    this.#own = {
      locale: localeFor(locales, "Intl.Collator").tag,
      usage: oneOf(given, "usage", ["sort", "search"], "sort"),
      sensitivity: oneOf(given, "sensitivity", ["base", "accent", "case", "variant"], "variant"),
      ignorePunctuation: !!given.ignorePunctuation,
      collation: "default",
      numeric: !!given.numeric,
      caseFirst: oneOf(given, "caseFirst", ["upper", "lower", "false"], "false"),
    };
  }
  static supportedLocalesOf = supportedLocalesOf;
  get compare() {
    this.#compare ??= (one, two) => compare(`${one}`, `${two}`, this.#own);
    return this.#compare;
  }
  resolvedOptions() {
    return { ...this.#own };
  }
  get [Symbol.toStringTag]() {
    return "Intl.Collator";
  }
}
