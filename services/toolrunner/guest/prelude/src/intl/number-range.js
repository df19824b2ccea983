// Ranges of numbers, as ICU's NumberRangeFormatter writes them: what both ends share is said once.
import { tidy } from "./number-affixes.js";
import { assembled, layersOf, named, partsOfNumber } from "./number-parts.js";
import { rangeCategory } from "./plural-rules.js";

const textOf = (parts) => parts.map((part) => part.value).join("");
const tagged = (parts, source) => parts.map((part) => ({ ...part, source }));
const same = (one, two) => textOf(one) === textOf(two);
const isSpace = (text) => /^\s/u.test(text);


/** The parts of a range, each with its `source`. */
export function numberRange(one, two, own) {
  const [left, right] = [layersOf(one, own), layersOf(two, own)];
  const [start, end] = [partsOfNumber(one, own), partsOfNumber(two, own)];
  if (same(start, end)) return tagged(partsOfNumber(one, own, "~"), "shared");
  const category = rangeCategory(own.locale, left.result.category, right.result.category);
  const hasOuter = own.style === "unit" || (own.style === "currency" && own.currencyDisplay === "name");
  const affix = textOf(left.before) + textOf(left.after);
  const isEqual = same(left.before, right.before) && same(left.after, right.after);
  const isCollapsed = isEqual && [...affix].length > 1 && left.result.compact === undefined;
  const inner = (layers) => (isCollapsed ? layers.result.parts : assembled(layers.before, layers.result.parts, layers.after, own));
  const [first, second] = [tagged(tidy(inner(left)), "startRange"), tagged(tidy(inner(right)), "endRange")];
  const repeats = !isCollapsed && (affix !== "" || left.result.compact !== undefined);
  const range = [...first, { type: "literal", value: separator(own, repeats, first, second), source: "shared" }, ...second];
  const whole = isCollapsed ? assembled(tagged(left.before, "shared"), range, tagged(left.after, "shared"), own) : range;
  const all = hasOuter ? named(whole, category, own) : whole;

  return tidy(all.map((part) => ({ source: "shared", ...part })));
}

function separator({ numerals }, repeats) {
  const pattern = numerals.data.misc?.range ?? numerals.numbers.systems.latn.misc.range;
  const text = /\{0\}([\s\S]*)\{1\}/.exec(pattern)[1];
  if (!repeats) return text;
  return (isSpace(text) ? "" : " ") + text + (/\s$/u.test(text) ? "" : " ");
}
