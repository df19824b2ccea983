// Intl.Segmenter: graphemes, by a package that is unpacked when used.
import { notAvailable } from "../core/errors.js";
import { localeFor, supportedLocalesOf } from "./negotiate.js";
import { oneOf, strictOptions } from "./options.js";

/** Makes the class; `unpack(name)` returns packages. */
export function segmenterOver(unpack) {
  return class Segmenter {
    #own;
    #inner;
    constructor(locales, options) {
      const given = strictOptions(options);
      const { tag } = localeFor(locales);
      oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", "Intl.Segmenter");
      const granularity = oneOf(given, "granularity", ["grapheme", "word", "sentence"], "grapheme", "Intl.Segmenter");
      if (granularity !== "grapheme") throw notAvailable(`Intl.Segmenter by ${granularity} is not available in the sandbox`);
      this.#own = { locale: tag, granularity };
      this.#inner = new (unpack("segmenter").Segmenter)("en", { granularity });
    }
    static supportedLocalesOf(locales, options = undefined) {
      return supportedLocalesOf(locales, options);
    }
    segment(text) {
      return this.#inner.segment(`${text}`);
    }
    resolvedOptions() {
      return { ...this.#own };
    }
  };
}
