// Intl.DateTimeFormat of en-US, in the Gregorian calendar.
import { notAvailable } from "../core/errors.js";
import { dateOptions, FIELDS } from "./date-options.js";
import { supportedLocalesOf } from "./locales.js";
import { zoneName } from "./time-zones.js";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
];
const ERAS = { long: ["Before Christ", "Anno Domini"], short: ["BC", "AD"], narrow: ["B", "A"] };
const NARROW_SPACE = "\u202f";
const two = (number) => `${number}`.padStart(2, "0");
const literal = (value) => ({ type: "literal", value });

function named(names, index, style) {
  if (style === "long") return names[index];
  return names[index].slice(0, style === "narrow" ? 1 : 3);
}

function numbersOf(time, zone) {
  const date = new Date(time + zone.minutes * 60_000);
  const year = date.getUTCFullYear();
  return {
    weekday: date.getUTCDay(), era: year > 0 ? 1 : 0, year, month: date.getUTCMonth(), day: date.getUTCDate(),
    hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(), milli: date.getUTCMilliseconds(),
  };
}

function yearText(year, { year: style, era }) {
  const shown = year > 0 || era === undefined ? year : 1 - year;
  return style === "2-digit" ? two(Math.abs(shown) % 100) : `${shown}`;
}

const monthText = (month, style) =>
  style === "numeric" ? `${month + 1}` : style === "2-digit" ? two(month + 1) : named(MONTHS, month, style);
const dayText = (day, style) => (style === "2-digit" ? two(day) : `${day}`);

// Parts with their separators; a missing part takes its separator with it.
function joined(groups) {
  const parts = [];
  for (const { separator, part } of groups) {
    if (part === undefined) continue;
    if (parts.length > 0) parts.push(literal(separator));
    parts.push(part);
  }
  return parts;
}

function dateParts(numbers, fields) {
  const { weekday, year, month, day, era } = fields;
  const isText = month !== undefined && FIELDS.weekday.includes(month);
  const part = (type, value) => (fields[type] === undefined ? undefined : { type, value });
  const dayPart = part("day", dayText(numbers.day, day));
  const monthPart = part("month", monthText(numbers.month, month));
  const yearPart = part("year", yearText(numbers.year, fields));
  const weekdayPart = part("weekday", named(DAYS, numbers.weekday, weekday ?? "short"));
  const eraPart = part("era", ERAS[era ?? "short"][numbers.era]);
  const rest = isText
    ? joined([
        { separator: "", part: monthPart },
        { separator: " ", part: dayPart },
        { separator: dayPart && monthPart ? ", " : " ", part: yearPart },
      ])
    : joined([
        { separator: "", part: monthPart },
        { separator: "/", part: dayPart },
        { separator: monthPart ? "/" : " ", part: yearPart },
      ]);
  const withEra = eraPart ? [...rest, ...(rest.length > 0 ? [literal(" ")] : []), eraPart] : rest;
  if (weekdayPart === undefined) return withEra;
  if (withEra.length === 0) return [weekdayPart];
  // A day alone comes before its weekday: "5 Friday".
  if (!monthPart && !yearPart && dayPart) return [dayPart, literal(" "), weekdayPart];
  return [weekdayPart, literal(", "), ...withEra];
}

function hourText(hour, style, hourCycle) {
  const shown = { h11: hour % 12, h12: hour % 12 || 12, h23: hour, h24: hour || 24 }[hourCycle];
  const isPadded = style === "2-digit" || hourCycle === "h23" || hourCycle === "h24";
  return isPadded ? two(shown) : `${shown}`;
}

function timeParts(numbers, fields, { hourCycle, hour12 }) {
  const { hour, minute, second, fractionalSecondDigits: digits } = fields;
  const isAlone = (hour === undefined) + (minute === undefined) + (second === undefined) === 2;
  const text = (number, style) => (isAlone && style !== "2-digit" ? `${number}` : two(number));
  const bare = (number) => (isAlone ? `${number}` : two(number));
  const parts = joined([
    { separator: "", part: hour && { type: "hour", value: hourText(numbers.hour, hour, hourCycle) } },
    { separator: ":", part: minute && { type: "minute", value: hour ? two(numbers.minute) : bare(numbers.minute) } },
    { separator: ":", part: second && { type: "second", value: isAlone ? text(numbers.second, digits ? "2-digit" : "numeric") : two(numbers.second) } },
  ]);
  if (digits !== undefined) {
    if (second) parts.push(literal("."));
    parts.push({ type: "fractionalSecond", value: `${numbers.milli}`.padStart(3, "0").slice(0, digits) });
  }
  if (hour && hour12) parts.push(literal(NARROW_SPACE), { type: "dayPeriod", value: numbers.hour < 12 ? "AM" : "PM" });
  return parts;
}

function timeOf(value) {
  const time = value === undefined ? Date.now() : Number(value);
  if (!(Math.abs(time) <= 8.64e15)) throw new RangeError("Invalid time value");
  return Math.trunc(time);
}

function partsOf(time, { zone, fields, cycle, styles }) {
  const numbers = numbersOf(time, zone);
  const date = dateParts(numbers, fields);
  const clock = timeParts(numbers, fields, cycle);
  const isLong = styles.dateStyle === "full" || styles.dateStyle === "long" || (!styles.dateStyle && fields.month === "long");
  const between = date.length > 0 && clock.length > 0 ? [literal(isLong ? " at " : ", ")] : [];
  const all = [...date, ...between, ...clock];
  if (fields.timeZoneName === undefined) return all;
  const name = { type: "timeZoneName", value: zoneName(zone, fields.timeZoneName) };
  return [...all, literal(clock.length > 0 || all.length === 0 ? " " : ", "), name];
}

export class DateTimeFormat {
  #own;
  #format;
  constructor(locales, options, required = "any", defaults = "date") {
    this.#own = dateOptions(locales, options, required, defaults);
  }
  static supportedLocalesOf = supportedLocalesOf;
  get format() {
    // As in V8, the narrow space before AM and PM is a plain one here, and only here.
    this.#format ??= (value) => this.formatToParts(value).map((part) => part.value).join("").replaceAll(NARROW_SPACE, " ");
    return this.#format;
  }
  formatToParts(value) {
    return partsOf(timeOf(value), this.#own);
  }
  formatRange() {
    throw notAvailable("Intl.DateTimeFormat.formatRange is not available in the sandbox");
  }
  formatRangeToParts() {
    throw notAvailable("Intl.DateTimeFormat.formatRangeToParts is not available in the sandbox");
  }
  resolvedOptions() {
    const { locale, zone, fields, cycle, styles } = this.#own;
    const shown = Object.keys(styles).length > 0 ? styles : fields;
    return { locale, calendar: "gregory", numberingSystem: "latn", timeZone: zone.name, ...cycle, ...shown };
  }
  get [Symbol.toStringTag]() {
    return "Intl.DateTimeFormat";
  }
}
