// The options of Intl.DateTimeFormat, and the pattern that they give.
import { calendarNamed, CALENDARS, tableName } from "./calendars.js";
import { laid, sectionOf, tableOf } from "./data.js";
import { localeFor, regionOf, resolvedTag } from "./negotiate.js";
import { digitsOf, localDigits } from "./numerals.js";
import { numberIn, oneOf, optionsOf, typeOf } from "./options.js";
import { spelledBy } from "./spelled-numbers.js";
import { itemsOf, PatternGenerator, patternOf, skeletonTextOf, filled } from "./pattern-generator.js";
import { zoneOf } from "./time-zones.js";

const SERVICE = "Intl.DateTimeFormat";
const NUMERIC = ["numeric", "2-digit"];
const TEXT = ["narrow", "long", "short"];
const VALUES = {
  weekday: TEXT, era: TEXT, year: ["2-digit", "numeric"], month: ["narrow", "long", "short", "2-digit", "numeric"],
  day: NUMERIC, dayPeriod: TEXT, hour: NUMERIC, minute: NUMERIC, second: NUMERIC,
};
const LETTERS = { weekday: "E", era: "G", year: "y", month: "M", day: "d", dayPeriod: "B", minute: "m", second: "s" };
const LENGTHS = { numeric: 1, "2-digit": 2, short: 3, long: 4, narrow: 5 };
const ZONES = { short: "z", long: "zzzz", shortOffset: "O", longOffset: "OOOO", shortGeneric: "v", longGeneric: "vvvv" };
const DATES = ["weekday", "year", "month", "day"];
const TIMES = ["dayPeriod", "hour", "minute", "second", "fractionalSecondDigits"];
const STYLES = ["full", "long", "medium", "short"];
const HOUR = { h11: "K", h12: "h", h23: "H", h24: "k" };
const CYCLE = { K: "h11", h: "h12", H: "h23", k: "h24" };

function fieldsOf(given) {
  const fields = {};
  for (const [name, values] of Object.entries(VALUES)) {
    const value = oneOf(given, name, values, undefined, SERVICE);
    if (value !== undefined) fields[name] = value;
    if (name !== "second") continue;
    const digits = numberIn(given, "fractionalSecondDigits", 1, 3, undefined);
    if (digits !== undefined) fields.fractionalSecondDigits = digits;
  }
  const zone = oneOf(given, "timeZoneName", Object.keys(ZONES), undefined, SERVICE);
  return zone === undefined ? fields : { ...fields, timeZoneName: zone };
}

function withDefaults(fields, required, defaults) {
  const has = (names) => names.some((name) => fields[name] !== undefined);
  if ((required !== "time" && has(DATES)) || (required !== "date" && has(TIMES))) return fields;
  const date = defaults === "time" ? {} : { year: "numeric", month: "numeric", day: "numeric" };
  const time = defaults === "date" ? {} : { hour: "numeric", minute: "numeric", second: "numeric" };
  return { ...date, ...time, ...fields };
}

function skeletonFor(fields, hour) {
  let skeleton = "";
  for (const name of Object.keys(VALUES)) {
    const value = fields[name];
    if (value === undefined) continue;
    skeleton += name === "hour" ? hour.repeat(LENGTHS[value]) : (LETTERS[name]).repeat(name === "dayPeriod" && value === "short" ? 1 : LENGTHS[value]);
  }
  skeleton += "S".repeat(fields.fractionalSecondDigits ?? 0);
  return skeleton + (ZONES[fields.timeZoneName] ?? "");
}

/** The hour letter that a locale's region prefers. */
function preferredHour(tag) {
  const region = regionOf(tag);
  const { hours } = tableOf("facts");
  const found = hours[`${tag.split("-")[0]}_${region}`] ?? hours[region] ?? hours["001"];
  return found.preferred;
}

function cycleFor(given, keywords, tag) {
  const own = CYCLE[preferredHour(tag)];
  const { hour12 } = given;
  const keyword = HOUR[keywords.get("hc")] === undefined ? undefined : keywords.get("hc");
  const asked = oneOf(given, "hourCycle", Object.keys(HOUR), undefined, SERVICE);
  if (hour12 !== undefined) {
    const usual = keyword ?? own;
    const twelve = usual === "h11" || usual === "h12" ? usual : /-JP\b/.test(tag) ? "h11" : "h12";
    return { cycle: hour12 ? twelve : "h23", isStated: false };
  }
  return { cycle: asked ?? keyword ?? own, isStated: asked === undefined && keyword !== undefined };
}

/** A pattern with its hours in another cycle. */
function inCycle(pattern, cycle) {
  const items = itemsOf(pattern);
  const changed = items.flatMap((item, i) => {
    if (item.letter === undefined || !"hHkK".includes(item.letter)) return [item];
    const hour = { ...item, letter: HOUR[cycle] };
    return items[i - 1]?.letter === "d" ? [{ text: " " }, hour] : [hour];
  });
  return patternOf(changed);
}

function calendarFor(given, keywords, tag) {
  const option = typeOf(given, "calendar");
  const asked = option === undefined ? undefined : calendarNamed(option);
  const keyword = keywords.get("ca") === undefined ? undefined : calendarNamed(keywords.get("ca"));
  const { calendars } = tableOf("facts");
  const own = (calendars[regionOf(tag)] ?? calendars["001"]).map((name) => ({ gregorian: "gregory" })[name] ?? name).find((name) => CALENDARS.includes(name));
  const calendar = asked ?? keyword ?? own;
  return { calendar, isStated: keyword !== undefined && keyword === calendar };
}

const generators = new Map();

/** The data of a calendar in a locale. */
export function calendarData(locale, calendar) {
  if (calendar === "gregory") return sectionOf("gregorian", locale);
  const { generic, others } = sectionOf("calendars", locale);
  // What ICU takes from the Gregorian calendar for all.
  const { fields, ampm, atTime, periods } = sectionOf("gregorian", locale);
  return { ...laid(generic, others[tableName(calendar)]), fields, ampm, atTime, periods };
}

function generatorFor(locale, calendar, hour, decimal) {
  const key = `${locale}/${calendar}/${hour}`;
  if (!generators.has(key)) {
    const own = { calendar: calendarData(locale, calendar), hour, decimal };
    generators.set(key, new PatternGenerator(own));
  }
  return generators.get(key);
}

function styledPattern({ dateStyle, timeStyle }, data, generator, cycle) {
  const time = timeStyle && data.patterns[STYLES.indexOf(timeStyle)];
  const date = dateStyle && data.patterns[4 + STYLES.indexOf(dateStyle)];
  const pattern = time && date ? filled(generator.glue(STYLES.indexOf(dateStyle)), [time, date]) : time ?? date;
  const hour = itemsOf(pattern).find((item) => "hHkK".includes(item.letter ?? " "));
  const spelling = dateStyle && data.spelling?.[4 + STYLES.indexOf(dateStyle)];
  if (hour === undefined || CYCLE[hour.letter] === cycle) return { pattern, spelling };
  const skeleton = skeletonTextOf(pattern).replace(/[hHkK]/g, HOUR[cycle]);
  return { pattern: inCycle(generator.best(skeleton), cycle) };
}

function checkStyles(styles, fields, required) {
  const { dateStyle, timeStyle } = styles;
  const [first] = Object.keys(fields);
  if (first !== undefined) throw new TypeError(`Can't set option ${first} when ${dateStyle ? "dateStyle" : "timeStyle"} is used`);
  if ((required === "date" && timeStyle) || (required === "time" && dateStyle)) {
    throw new TypeError(`Invalid option : ${required === "date" ? "timeStyle" : "dateStyle"}`);
  }
}

function periodRulesFor(locale) {
  const { locales, rules } = tableOf("facts").periods;
  for (let name = locale; name !== ""; name = name.slice(0, Math.max(name.lastIndexOf("_"), 0))) {
    if (locales[name]) return rules[locales[name]];
  }
  return undefined;
}

function precisionOf(pattern) {
  const letters = itemsOf(pattern).map((item) => item.letter);
  return letters.includes("s") ? 2 : letters.includes("m") ? 1 : 0;
}

/** Everything that a formatter needs, from what it was made with. */
export function dateSettings(locales, options, required, defaults) {
  const given = optionsOf(options);
  const { tag, name, keywords } = localeFor(locales);
  oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
  const { calendar, isStated: hasCalendar } = calendarFor(given, keywords, tag);
  const numerals = digitsOf(given, keywords, name);
  const { cycle, isStated: hasCycle } = cycleFor(given, keywords, tag);
  const zone = zoneOf(given.timeZone);
  const chosen = fieldsOf(given);
  oneOf(given, "formatMatcher", ["basic", "best fit"], "best fit", SERVICE);
  const styles = {};
  for (const style of ["dateStyle", "timeStyle"]) {
    const value = oneOf(given, style, STYLES, undefined, SERVICE);
    if (value !== undefined) styles[style] = value;
  }
  const isStyled = Object.keys(styles).length > 0;
  if (isStyled) checkStyles(styles, chosen, required);
  const used = [...(hasCalendar ? [["ca", calendar]] : []), ...(hasCycle ? [["hc", cycle]] : []), ...numerals.used];
  return finished({ tag: resolvedTag(tag, used), base: tag, locale: name, calendar, numerals, cycle, zone, chosen, styles, isStyled, required, defaults });
}

function finished(own) {
  const { base, locale, calendar, numerals, cycle, chosen, styles, isStyled, required, defaults } = own;
  const data = calendarData(locale, calendar);
  const generator = generatorFor(locale, calendar, preferredHour(base), numerals.symbols.decimal);
  const fields = isStyled ? undefined : withDefaults(chosen, required, defaults);
  const { pattern, spelling } = isStyled
    ? styledPattern(styles, data, generator, cycle)
    : { pattern: inCycle(generator.best(skeletonFor(fields, HOUR[cycle])), cycle) };
  const digits = (text) => localDigits(text, numerals);
  const number = (value, length) => digits(`${value}`.padStart(length, "0"));
  return {
    ...own, number, spelled: spelling ? spelledBy(spelling, number) : undefined, fields, pattern, items: itemsOf(pattern), names: data, generator, data, region: regionOf(base), digits,
    periodRules: periodRulesFor(locale), precision: precisionOf(pattern),
  };
}

const textForms = (letters) => letters.flatMap((letter) => [[letter.repeat(5), "narrow"], [letter.repeat(4), "long"], [letter.repeat(3), "short"]]);
const numberForms = (letters) => letters.flatMap((letter) => [[letter.repeat(2), "2-digit"], [letter, "numeric"]]);
const FORMS = {
  weekday: textForms(["E", "c"]), era: textForms(["G"]), year: numberForms(["y"]),
  month: [...textForms(["M"]), ...numberForms(["M"]), ...textForms(["L"]), ...numberForms(["L"])], day: numberForms(["d"]),
  dayPeriod: [["BBBBB", "narrow"], ["bbbbb", "narrow"], ["BBBB", "long"], ["bbbb", "long"], ["B", "short"], ["b", "short"]],
  hour: numberForms(["H", "h", "k", "K"]), minute: numberForms(["m"]), second: numberForms(["s"]),
};

/** The fields of a pattern as `resolvedOptions` states them; as V8, it also finds letters in quotes. */
export function shownFields(pattern) {
  const shown = {};
  for (const [name, forms] of Object.entries(FORMS)) {
    const found = forms.find(([text]) => pattern.includes(text));
    if (found) shown[name] = found[1];
  }
  // G and E alone are short.
  if (shown.era === undefined && pattern.includes("G")) shown.era = "short";
  if (shown.weekday === undefined && pattern.includes("E")) shown.weekday = "short";
  const digits = itemsOf(pattern).find((item) => item.letter === "S")?.length;
  if (digits !== undefined) shown.fractionalSecondDigits = digits;
  const zone = Object.entries(ZONES).sort(([, one], [, two]) => two.length - one.length).find(([, text]) => pattern.includes(text));
  if (zone) shown.timeZoneName = zone[0];
  return shown;
}
