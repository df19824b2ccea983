// Intl.Segmenter.
import { Boundaries } from "./boundaries.js";
import { localeFor, supportedLocalesOf } from "./negotiate.js";
import { oneOf, strictOptions } from "./options.js";

const SERVICE = "Intl.Segmenter";
const RULES = { grapheme: "char", word: "word", sentence: "sent" };
const { getPrototypeOf } = Object;
const IteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));

function dataOf(input, granularity, index, { end, status }) {
  const segment = input.slice(index, end);
  return granularity === "word" ? { segment, index, input, isWordLike: status !== 0 } : { segment, index, input };
}

// Neither class can be reached by its constructor.
class SegmentIterator {
  #granularity;
  #input;
  #found;
  #index = 0;
  constructor(input, { granularity, rules }) {
    this.#granularity = granularity;
    this.#input = input;
    this.#found = new Boundaries(input, rules);
  }
  next() {
    const found = this.#found.next();
    if (found === undefined) return { value: undefined, done: true };
    const data = dataOf(this.#input, this.#granularity, this.#index, found);
    this.#index = found.end;
    return { value: data, done: false };
  }
}

class Segments {
  #input;
  #own;
  #found;
  #known = [];
  constructor(input, own) {
    this.#input = input;
    this.#own = own;
    this.#found = new Boundaries(input, own.rules);
  }
  containing(index) {
    const input = this.#input;
    const at = Math.trunc(+index) || 0;
    if (at < 0 || at >= input.length) return undefined;
    const known = this.#known;
    while (known.length === 0 || known[known.length - 1].end <= at) known.push(this.#found.next());
    let [low, high] = [0, known.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (known[middle].end > at) high = middle;
      else low = middle + 1;
    }
    return dataOf(input, this.#own.granularity, low === 0 ? 0 : known[low - 1].end, known[low]);
  }
  [Symbol.iterator]() {
    return new SegmentIterator(this.#input, this.#own);
  }
}

delete Segments.prototype.constructor;
delete SegmentIterator.prototype.constructor;
Object.setPrototypeOf(SegmentIterator.prototype, IteratorPrototype);
Object.defineProperty(SegmentIterator.prototype, Symbol.toStringTag, { value: "Segmenter String Iterator", configurable: true });

export class Segmenter {
  #own;
  constructor(locales, options) {
    const given = strictOptions(options);
    const { tag, name } = localeFor(locales);
    oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
    const granularity = oneOf(given, "granularity", ["grapheme", "word", "sentence"], "grapheme", SERVICE);
    // In Greek, the mark that looks like a semicolon ends questions.
    const rules = granularity === "sentence" && name.split("_")[0] === "el" ? "sent_el" : RULES[granularity];
    this.#own = { locale: tag, granularity, rules };
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  segment(text) {
    const own = this.#own;
    return new Segments(`${text}`, own);
  }
  resolvedOptions() {
    const { locale, granularity } = this.#own;
    return { locale, granularity };
  }
}
