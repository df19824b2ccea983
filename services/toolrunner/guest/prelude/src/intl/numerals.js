// Numbering systems: which one a formatter uses, and its digits.
import { sectionOf, tableOf } from "./data.js";
import { typeOf } from "./options.js";

const isKnown = (name) => name !== undefined && Object.hasOwn(tableOf("facts").digits, name);

function named(value, numbers) {
  const found = { native: numbers.native, default: numbers.default, finance: numbers.finance, traditional: numbers.traditional }[value] ?? value;
  return isKnown(found) ? found : undefined;
}

/** The system by an option, a keyword, or the locale: `{name, digits, symbols, data, used}`. */
export function digitsOf(options, keywords, locale) {
  const numbers = sectionOf("numbers", locale);
  const asked = typeOf(options, "numberingSystem");
  const option = asked !== undefined && isKnown(asked) ? asked : undefined;
  const keyword = keywords.has("nu") && isKnown(keywords.get("nu")) ? keywords.get("nu") : undefined;
  const name = option ?? keyword ?? named(numbers.default, numbers) ?? "latn";
  const data = numbers.systems[name] ?? numbers.systems.latn;
  return {
    name, digits: name === "latn" ? undefined : [...tableOf("facts").digits[name]], symbols: data.symbols, data, numbers,
    used: keyword !== undefined && keyword === name ? [["nu", keyword]] : [],
  };
}

/** A text with its ASCII digits in a numbering system. */
export const localDigits = (text, { digits }) => (digits === undefined ? text : text.replace(/\d/g, (digit) => digits[digit]));
