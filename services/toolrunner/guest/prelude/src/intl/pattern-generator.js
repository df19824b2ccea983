// Chooses a date pattern for the fields that were asked for, as ICU's DateTimePatternGenerator does:
// the nearest of a calendar's patterns, its field widths adjusted, missing fields appended.

export const FIELD = {
  era: 0, year: 1, quarter: 2, month: 3, weekOfYear: 4, weekOfMonth: 5, weekday: 6, dayOfYear: 7, weekdayInMonth: 8, day: 9,
  dayPeriod: 10, hour: 11, minute: 12, second: 13, fraction: 14, zone: 15,
};
const COUNT = 16;
const NARROW = -0x101, SHORTER = -0x102, SHORT = -0x103, LONG = -0x104, NUMERIC = 0x100, STEP = 0x10;
const EXTRA = 0x10000, MISSING = 0x1000;

// By letter: its field, then from each length on its type.
const text = (field, shift, shortest = 1, ...more) => [field, [[shortest, SHORT + shift], [4, LONG + shift], [5, NARROW + shift], ...more]];
const number = (field, shift = 0) => [field, [[1, NUMERIC + shift]]];
const both = (field, shift, ...more) => [field, [[1, NUMERIC + shift], [3, SHORT - shift], [4, LONG - shift], [5, NARROW - shift], ...more]];
const LETTERS = {
  G: text(FIELD.era, 0), y: number(FIELD.year), Y: number(FIELD.year, STEP), u: number(FIELD.year, 2 * STEP), r: number(FIELD.year, 3 * STEP),
  U: text(FIELD.year, 0), Q: both(FIELD.quarter, 0), q: both(FIELD.quarter, STEP), M: both(FIELD.month, 0), L: both(FIELD.month, STEP),
  w: number(FIELD.weekOfYear), W: number(FIELD.weekOfMonth), E: text(FIELD.weekday, 0, 1, [6, SHORTER]),
  c: both(FIELD.weekday, 2 * STEP, [6, SHORTER - 2 * STEP]), e: both(FIELD.weekday, STEP, [6, SHORTER - STEP]),
  d: number(FIELD.day), g: number(FIELD.day, STEP), D: number(FIELD.dayOfYear), F: number(FIELD.weekdayInMonth),
  a: text(FIELD.dayPeriod, 0), b: text(FIELD.dayPeriod, -STEP), B: text(FIELD.dayPeriod, -3 * STEP),
  H: number(FIELD.hour, 10 * STEP), k: number(FIELD.hour, 11 * STEP), h: number(FIELD.hour), K: number(FIELD.hour, STEP),
  m: number(FIELD.minute), s: number(FIELD.second), A: number(FIELD.second, STEP), S: number(FIELD.fraction),
  v: [FIELD.zone, [[1, SHORT - 2 * STEP], [4, LONG - 2 * STEP]]], z: [FIELD.zone, [[1, SHORT], [4, LONG]]],
  Z: [FIELD.zone, [[1, NARROW - STEP], [4, LONG - STEP], [5, SHORT - STEP]]], O: [FIELD.zone, [[1, SHORT - STEP], [4, LONG - STEP]]],
  V: [FIELD.zone, [[1, SHORT - STEP], [2, LONG - STEP]]],
};

/** A pattern as a list: `{letter, length}` for a field, `{text}` for what is written as it is. */
export function itemsOf(pattern) {
  const items = [];
  let quoted = false;
  let plain = "";
  const flush = () => {
    if (plain !== "") items.push({ text: plain });
    plain = "";
  };
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "'") {
      if (pattern[i + 1] === "'") plain += pattern[(i += 1)];
      else quoted = !quoted;
    } else if (!quoted && /[A-Za-z]/.test(c)) {
      flush();
      let length = 1;
      while (pattern[i + 1] === c) [i, length] = [i + 1, length + 1];
      items.push({ letter: c, length });
    } else plain += c;
  }
  flush();
  return items;
}

const quoted = (plain) => (/[A-Za-z']/.test(plain) ? `'${plain.replaceAll("'", "''")}'` : plain);

/** The pattern of such a list. */
export const patternOf = (items) => items.map((item) => (item.text === undefined ? item.letter.repeat(item.length) : quoted(item.text))).join("");

function rowOf(letter, length) {
  const [field, types] = LETTERS[letter] ?? [];
  if (field === undefined) return undefined;
  let row = types[0];
  for (const candidate of types) if (length >= candidate[0]) row = candidate;
  return { field, type: row[1], least: row[0] };
}

const skeletons = new Map();

/** What a pattern asks for: its type, letters and lengths by field, and the base that groups it. */
function skeletonOf(pattern) {
  if (!skeletons.has(pattern)) skeletons.set(pattern, readSkeleton(pattern));
  return skeletons.get(pattern);
}

function readSkeleton(pattern) {
  const skeleton = { type: new Array(COUNT).fill(0), original: new Array(COUNT), base: new Array(COUNT) };
  for (const { letter, length } of itemsOf(pattern)) if (letter !== undefined) addField(skeleton, letter, length);
  const { original } = skeleton;
  if (original[FIELD.minute] && original[FIELD.fraction] && !original[FIELD.second]) addField(skeleton, "s", 1);
  const hour = original[FIELD.hour];
  if (hour && (hour[0] === "h" || hour[0] === "K")) {
    if (!original[FIELD.dayPeriod]) addField(skeleton, "a", 1);
  } else if (hour) {
    skeleton.type[FIELD.dayPeriod] = 0;
    original[FIELD.dayPeriod] = skeleton.base[FIELD.dayPeriod] = undefined;
  }
  return skeleton;
}

function addField(skeleton, letter, length) {
  const row = rowOf(letter, length);
  if (row === undefined) return;
  const { field, type, least } = row;
  skeleton.original[field] = letter.repeat(length);
  skeleton.base[field] = letter.repeat(least);
  skeleton.type[field] = type > 0 ? type + length : type;
}

const keyOf = (fields) => fields.join("");

// Undefined as soon as it is more than `most`.
function distance(mine, mask, other, most) {
  let result = 0;
  let missing = 0;
  let extra = 0;
  for (let i = 0; i < COUNT; i++) {
    if (result > most) return undefined;
    const own = mask & (1 << i) ? mine.type[i] : 0;
    const their = other.type[i];
    if (own === their) continue;
    if (own === 0) {
      result += EXTRA;
      extra |= 1 << i;
    } else if (their === 0) {
      result += MISSING;
      missing |= 1 << i;
    } else result += Math.abs(own - their);
  }
  return { result, missing, extra };
}

const maskOf = (skeleton) => skeleton.type.reduce((mask, type, i) => (type === 0 ? mask : mask | (1 << i)), 0);
const DATE = (1 << FIELD.dayPeriod) - 1;
const APPENDED = ["Era", "Year", "Quarter", "Month", "Week", "*", "Day-Of-Week", "*", "*", "Day", "*", "Hour", "Minute", "Second", "*", "Timezone"];
const NAMES = ["era", "year", "quarter", "month", "week", "*", "weekday", "*", "*", "day", "dayperiod", "hour", "minute", "second", "*", "zone"];
const CANONICAL = ["G", "y", "Q", "M", "w", "W", "E", "d", "D", "F", "a", "H", "m", "s", "S", "v"];
const SECOND_AND_FRACTION = (1 << FIELD.second) | (1 << FIELD.fraction);

/** `calendar` is a section of calendar data, `hour` the locale's own hour letter. */
export class PatternGenerator {
  constructor({ calendar, hour, decimal }) {
    Object.assign(this, { calendar, hour, decimal, entries: [], found: new Map(), byBase: new Map(), byOriginal: new Map(), byBoth: new Map() });
    for (const item of CANONICAL) this.#add(item, undefined, false);
    for (const style of [0, 1, 2, 3]) {
      this.#add(calendar.patterns[4 + style], undefined, false);
      this.#add(calendar.patterns[style], undefined, false);
    }
    for (const key of Object.keys(calendar.available)) this.#add(calendar.available[key], key, true);
    this.entries.sort((one, two) => one.list - two.list || one.order - two.order);
  }
  #add(pattern, key, override) {
    const skeleton = skeletonOf(key ?? pattern);
    const base = keyOf(skeleton.base);
    const withBase = this.byBase.get(base);
    if (withBase && (!withBase.isStated || (key !== undefined && !override)) && !override) return;
    const type = skeleton.type.join();
    const original = keyOf(skeleton.original);
    const withSkeleton = this.byOriginal.get(original);
    if (withSkeleton && (!override || (key !== undefined && withSkeleton.isStated))) return;
    const same = this.byBoth.get(base + type);
    if (same) {
      if (override) Object.assign(same, { pattern, isStated: key !== undefined });
      return;
    }
    const code = base.charCodeAt(0);
    const list = code >= 97 ? code - 97 : 26 + code - 65;
    const entry = { pattern, skeleton, isStated: key !== undefined, list, order: this.entries.length };
    this.entries.push(entry);
    for (const [map, at] of [[this.byBase, base], [this.byOriginal, original], [this.byBoth, base + type]]) if (!map.has(at)) map.set(at, entry);
  }
  #nearest(wanted, mask) {
    let best = { result: Infinity, missing: -1 };
    for (const entry of this.entries) {
      const far = distance(wanted, mask, entry.skeleton, best.result);
      if (far === undefined) continue;
      if (far.result < best.result || (far.result === best.result && best.missing < far.missing)) {
        best = { ...far, entry };
        if (far.result === 0) break;
      }
    }
    return best;
  }
  #adjusted(pattern, stated, wanted, fixFraction) {
    const items = itemsOf(pattern).flatMap((item) => {
      if (item.text !== undefined) return [item];
      const row = rowOf(item.letter, item.length);
      if (row === undefined) return [item];
      if (fixFraction && row.field === FIELD.second) {
        return [item, { text: this.decimal }, { letter: "S", length: wanted.original[FIELD.fraction].length }];
      }
      return wanted.type[row.field] === 0 ? [item] : [this.#field(item, row, stated, wanted)];
    });
    return patternOf(items);
  }
  #field({ letter, length }, { field, type }, stated, wanted) {
    const asked = wanted.original[field];
    const first = asked[0];
    const askedLength = first === "E" && asked.length < 3 ? 3 : asked.length;
    let adjusted = askedLength;
    if (field === FIELD.minute || field === FIELD.second) adjusted = length;
    else if (stated && first !== "c" && first !== "e") {
      const own = stated.original[field]?.length ?? 0;
      const isNumeric = wanted.type[field] > 0;
      if (own === askedLength || (type > 0) !== isNumeric) adjusted = length;
    }
    const keeps = field === FIELD.hour || field === FIELD.month || field === FIELD.weekday || (field === FIELD.year && first !== "Y");
    let chosen = keeps ? letter : first;
    if (chosen === "E" && adjusted < 3) chosen = "e";
    if (field === FIELD.hour) chosen = { hK: "K", Hk: "k", kH: "H", Kh: "h" }[first + this.hour] ?? (first === this.hour ? first : chosen);
    return { letter: chosen, length: adjusted };
  }
  #appending(wanted, mask) {
    if (mask === 0) return "";
    let best = this.#nearest(wanted, mask);
    let stated = best.entry.isStated ? best.entry.skeleton : undefined;
    let pattern = this.#adjusted(best.entry.pattern, stated, wanted, false);
    let { missing } = best;
    let last = 0;
    while (missing !== 0 && missing !== last) {
      if ((missing & SECOND_AND_FRACTION) === 1 << FIELD.fraction && (mask & SECOND_AND_FRACTION) === SECOND_AND_FRACTION) {
        pattern = this.#adjusted(pattern, stated, wanted, true);
        missing &= ~(1 << FIELD.fraction);
        continue;
      }
      const before = missing;
      best = this.#nearest(wanted, missing);
      stated = best.entry.isStated ? best.entry.skeleton : undefined;
      const more = this.#adjusted(best.entry.pattern, stated, wanted, false);
      missing = best.missing;
      const top = 31 - Math.clz32(before & ~missing);
      pattern = this.#append(top, pattern, more);
      last = before === missing ? missing : 0;
    }
    return pattern;
  }
  #append(field, pattern, more) {
    const format = this.calendar.append?.[APPENDED[field]] ?? "{0} ├{2}: {1}┤";
    return filled(format, [pattern, more, quoted(this.calendar.fields?.[NAMES[field]] ?? `F${field}`)]);
  }
  /** The pattern for a skeleton such as `yMMMdjm`, with h, H, K or k for the hour. */
  best(skeletonText) {
    if (!this.found.has(skeletonText)) this.found.set(skeletonText, this.#best(skeletonText));
    return this.found.get(skeletonText);
  }
  #best(skeletonText) {
    const wanted = skeletonOf(skeletonText);
    const best = this.#nearest(wanted, -1);
    const stated = best.entry.isStated ? best.entry.skeleton : undefined;
    if (best.missing === 0 && best.extra === 0) return this.#adjusted(best.entry.pattern, stated, wanted, false);
    const mask = maskOf(wanted);
    const date = this.#appending(wanted, mask & DATE);
    const time = this.#appending(wanted, mask & ~DATE);
    if (date === "" || time === "") return date || time;
    return filled(this.glue(styleOf(wanted)), [time, date]);
  }
  /** How a date and a time are joined in one of the four styles. */
  glue(style) {
    return this.calendar.atTime?.[style] ?? this.calendar.patterns[9 + style] ?? this.calendar.patterns[8];
  }
}

function styleOf({ base }) {
  const month = base[FIELD.month]?.length ?? 0;
  if (month === 4) return base[FIELD.weekday] ? 0 : 1;
  return month === 3 ? 2 : 3;
}

/** A format's `{0}`, `{1}` and so on replaced; the rest stays pattern text. */
export const filled = (format, values) => format.replace(/\{(\d)\}/g, (_, i) => values[i]);

/** The skeleton of a pattern: its fields in the order of FIELD, stand-alone forms as plain ones. */
export function skeletonTextOf(pattern) {
  const fields = new Array(COUNT).fill("");
  for (const { letter, length } of itemsOf(pattern)) {
    const row = letter === undefined ? undefined : rowOf(letter, length);
    if (row) fields[row.field] = letter.repeat(length);
  }
  if (/^[hK]/.test(fields[FIELD.hour]) && fields[FIELD.dayPeriod] === "a") fields[FIELD.dayPeriod] = "";
  return fields.join("");
}
