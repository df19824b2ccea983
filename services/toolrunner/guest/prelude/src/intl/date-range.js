// Ranges of dates, as ICU's DateIntervalFormat writes them.
import { momentOf } from "./date-fields.js";
import { partsIn } from "./date-time-format.js";
import { filled, itemsOf, patternOf, skeletonTextOf } from "./pattern-generator.js";

const DATE_LETTERS = "GyYuUrQqMLlwWEecdDgF";
const ORDER = ["G", "y", "M", "d", "a", "h", "m", "s", "S"];

function differing(one, two) {
  if (one.era !== two.era) return "G";
  if (one.year !== two.year) return "y";
  if (one.month !== two.month || one.isLeap !== two.isLeap) return "M";
  if (one.day !== two.day) return "d";
  if ((one.hours < 12) !== (two.hours < 12)) return "a";
  if (one.hours !== two.hours) return "h";
  if (one.minutes !== two.minutes) return "m";
  if (one.seconds !== two.seconds) return "s";
  return one.millis === two.millis ? undefined : "S";
}

function lengths(skeleton) {
  const found = {};
  for (const letter of skeleton) found[letter] = (found[letter] ?? 0) + 1;
  return found;
}

const isText = (letter, length) => (letter === "M" || letter === "L" ? length > 2 : "EGcabBzv".includes(letter));

// The interval format whose skeleton is nearest, as `{formats, info}`: 0 as asked, -1 with other
// widths, 1 if some of them are text for numbers, 2 if fields are missing.
function nearest(skeleton, intervals) {
  const wanted = lengths(skeleton.replaceAll("z", "v").replace(/[kK]/g, (letter) => ({ k: "H", K: "h" })[letter]).replaceAll("a", ""));
  let best = { far: Infinity, info: 2 };
  for (const key of Object.keys(intervals)) {
    if (key === "fallback") continue;
    const has = lengths(key);
    let [far, info] = [0, 0];
    for (const letter of new Set([...Object.keys(wanted), ...Object.keys(has)])) {
      const [mine, their] = [wanted[letter] ?? 0, has[letter] ?? 0];
      if (mine === their) continue;
      if (mine === 0 || their === 0) [far, info] = [far + 0x1000, -1];
      else if (isText(letter, mine) !== isText(letter, their)) far += 0x100;
      else far += Math.abs(mine - their);
    }
    if (far < best.far) best = { far, info: info === -1 ? 2 : far === 0 ? 0 : 1, key, has, wanted };
    if (far === 0) break;
  }
  return best;
}

// Widths in the pattern as asked, where the format found has others.
function widened(pattern, { has, wanted }) {
  return patternOf(itemsOf(pattern).map((item) => {
    if (item.letter === undefined) return item;
    const letter = { L: "M" }[item.letter] ?? item.letter;
    const [from, to] = [has[letter], wanted[letter]];
    if (from === undefined || to === undefined || from === to) return item;
    return item.length === from && to > from ? { ...item, length: to } : item;
  }));
}

function intervalFor(skeleton, field, own) {
  const { intervals } = own.data;
  const best = nearest(skeleton, intervals);
  if (best.info === 2) return undefined;
  const formats = intervals[best.key];
  const key = field === "a" ? (formats.a ? "a" : formats.B ? "B" : formats.h ? "h" : "H") : field === "h" ? (formats.H ? "H" : "h") : field;
  const pattern = formats[key];
  return pattern === undefined ? undefined : widened(pattern, best);
}

// Where the second date begins: at the first field that was seen before.
function split(items) {
  const seen = new Set();
  const same = { L: "M", c: "E", e: "E" };
  const at = items.findIndex(({ letter }) => {
    if (letter === undefined) return false;
    const name = same[letter] ?? letter;
    if (seen.has(name)) return true;
    seen.add(name);
    return false;
  });
  return at < 0 ? items.length : at;
}

const tagged = (parts, source) => parts.map((part) => ({ ...part, source }));
const shared = (parts) => tagged(parts, "shared");

function mended(parts) {
  const result = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last?.type === "literal" && part.type === "literal" && last.source === part.source) last.value += part.value;
    else result.push(part);
  }
  return result;
}

// A side of the range spans the fields that both sides have; what is around them is shared.
function sourced(parts, source, both) {
  const isOwn = (part) => part.type !== "literal" && both.has(part.type);
  const first = parts.findIndex(isOwn);
  const last = parts.findLastIndex(isOwn);
  return parts.map((part, i) => ({ ...part, source: i < first || i > last ? "shared" : source }));
}

function byPattern(pattern, one, two, own) {
  const items = itemsOf(pattern);
  const at = split(items);
  const [left, right] = [partsIn(items.slice(0, at), one, own), partsIn(items.slice(at), two, own)];
  const types = new Set(right.map((part) => part.type));
  const both = new Set(left.map((part) => part.type).filter((type) => types.has(type)));
  return mended([...sourced(left, "startRange", both), ...sourced(right, "endRange", both)]);
}

function fallback(one, two, items, own) {
  const [before, middle, after] = own.data.intervals.fallback.split(/\{\d\}/);
  const literal = (value) => (value === "" ? [] : [{ type: "literal", value, source: "shared" }]);
  return mended([
    ...literal(before), ...tagged(partsIn(items, one, own), "startRange"), ...literal(middle),
    ...tagged(partsIn(items, two, own), "endRange"), ...literal(after),
  ]);
}

// A date's skeleton with numbers as short as they can be, as ICU looks intervals up.
function normalized(skeleton) {
  const found = lengths(skeleton);
  const count = (letter, length) => (letter === "y" || letter === "G" ? length : letter === "d" || length < 3 || (letter === "E" && length === 3) ? 1 : length);
  return Object.entries(found).map(([letter, length]) => letter.repeat(count(letter, length))).join("");
}

/** The parts of a range, each with its `source`. */
export function rangeParts(start, end, own) {
  const [one, two] = [momentOf(start, own), momentOf(end, own)];
  const field = differing(one, two);
  const skeleton = skeletonTextOf(own.pattern);
  const date = normalized([...skeleton].filter((letter) => DATE_LETTERS.includes(letter)).join(""));
  const time = [...new Set([...skeleton].filter((letter) => !DATE_LETTERS.includes(letter)))].join("");
  const fields = new Set([...skeleton].map((letter) => ({ E: "d", c: "d", e: "d", L: "M", H: "h", k: "h", K: "h" })[letter] ?? letter));
  const finest = ORDER.findLastIndex((letter) => fields.has(letter));
  if (field === undefined || ORDER.indexOf(field) > finest) return shared(partsIn(own.items, one, own));
  const isDate = ORDER.indexOf(field) <= ORDER.indexOf("d");
  if (time === "") {
    // Where the dates differ in a field that is not asked for, it is shown all the same.
    const pattern = intervalFor(date, field, own) ?? (date.includes(field) ? undefined : intervalFor(field + date, field, own));
    return pattern === undefined ? fallback(one, two, own.items, own) : byPattern(pattern, one, two, own);
  }
  if (isDate) return rangeOverDays(one, two, field, { date, time }, own);
  const inner = intervalFor(time, field, own);
  const times = (clock) => (inner === undefined ? fallback(one, two, clock, own) : byPattern(inner, one, two, own));
  if (date === "") return times(own.items);
  const letters = (test) => [...skeleton].filter((letter) => DATE_LETTERS.includes(letter) === test).join("");
  return mended(dated(own.generator.best(letters(true)), times(itemsOf(own.generator.best(letters(false)))), one, own));
}

function rangeOverDays(one, two, field, { date, time }, own) {
  const whole = skeletonTextOf(own.pattern);
  // As much of the date as says in what the two differ.
  const needed = { d: ["d"], M: ["M", "d"], y: ["y", "M", "d"], G: ["y", "M", "d"] }[field];
  const more = (date === "" ? ["y", "M", "d"] : needed).filter((letter) => !date.includes(letter)).join("");
  return fallback(one, two, more === "" ? own.items : itemsOf(own.generator.best(more + whole)), own);
}

// A date, then the range of times within it, joined as the locale joins dates and times.
function dated(datePattern, times, one, own) {
  const dates = shared(partsIn(itemsOf(datePattern), one, own));
  const glue = itemsOf(filled(own.data.patterns[8], ["\ue000", "\ue001"]));
  return glue.flatMap(({ text, letter, length }) => {
    const plain = text ?? letter.repeat(length);
    return plain.split(/([\ue000\ue001])/).flatMap((piece) => {
      if (piece === "\ue000") return times;
      if (piece === "\ue001") return dates;
      return piece === "" ? [] : [{ type: "literal", value: piece, source: "shared" }];
    });
  });
}
