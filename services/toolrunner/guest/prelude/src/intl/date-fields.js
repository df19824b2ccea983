// The text of each field of a date pattern.
import { inCalendar } from "./calendars.js";
import { offsetsAt } from "./time-zones.js";
import { zoneName } from "./zone-names.js";

const DAY = 86_400_000;
const NAMES = {
  G: "era", y: "year", u: "year", r: "relatedYear", U: "yearName", M: "month", L: "month", d: "day", E: "weekday", c: "weekday",
  e: "weekday", a: "dayPeriod", b: "dayPeriod", B: "dayPeriod", h: "hour", H: "hour", K: "hour", k: "hour", m: "minute",
  s: "second", S: "fractionalSecond", z: "timeZoneName", O: "timeZoneName", v: "timeZoneName",
};
const WIDTHS = { 1: "abbreviated", 2: "abbreviated", 3: "abbreviated", 4: "wide", 5: "narrow", 6: "short" };

/** The name of the part that a pattern's letter writes. */
export const partName = (letter) => NAMES[letter] ?? "unknown";

/** What a clock and a calendar in the zone show at a time. */
export function momentOf(time, { zone, calendar }) {
  const { raw, dst } = offsetsAt(zone, time);
  const local = time + (raw + dst) * 1000;
  const day = Math.floor(local / DAY);
  const inDay = local - day * DAY;
  return {
    time, ...inCalendar(calendar, day), weekday: (((day + 4) % 7) + 7) % 7, hours: Math.floor(inDay / 3_600_000),
    minutes: Math.floor(inDay / 60_000) % 60, seconds: Math.floor(inDay / 1000) % 60, millis: Math.floor(inDay) % 1000,
  };
}

const minutesOf = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** The period of the day at a moment by a locale's rules; undefined without rules. */
export function periodAt({ hours, minutes, seconds }, rules, precision) {
  if (rules === undefined) return undefined;
  const exact = hours * 60 + (precision > 0 ? minutes : 0) + (precision > 1 && seconds > 0 ? 0.5 : 0);
  // ICU names noon, but no longer midnight.
  const point = Object.keys(rules).find((name) => rules[name].at !== undefined && name !== "midnight" && minutesOf(rules[name].at) % 1440 === exact % 1440);
  if (point !== undefined) return point;
  const now = hours * 60;
  return Object.keys(rules).find((name) => {
    const { from, before } = rules[name];
    if (from === undefined) return false;
    const [start, end] = [minutesOf(from), minutesOf(before)];
    return start < end ? now >= start && now < end : now >= start || now < end;
  });
}

const leapIn = (pattern, text) => (pattern?.leap === undefined ? text : pattern.leap.replace("{0}", text));

function monthNumber({ month: index, isLeap, isLeapMonth }, length, { names, calendar }, number) {
  const text = number(calendar === "hebrew" && !isLeap && index > 5 ? index : index + 1, length);
  return isLeapMonth ? leapIn(names.leap?.numeric?.all, text) : text;
}

function month(moment, letter, length, own) {
  const name = monthName(moment, letter, length, own);
  if (name === undefined || !moment.isLeapMonth) return name;
  const { leap } = own.names;
  return leapIn((leap?.[letter === "L" ? "stand-alone" : "format"] ?? leap?.format)?.[WIDTHS[length]], name);
}

function monthName({ month: index, isLeap }, letter, length, { names, calendar }) {
  if (length < 3) return undefined;
  const table = names.months[letter === "L" ? "stand-alone" : "format"] ?? names.months.format;
  const width = WIDTHS[length];
  const list = table[width] ?? names.months.format[width] ?? names.months.format.wide;
  return calendar === "hebrew" && isLeap && index === 6 ? list[13] ?? list[6] : list[index];
}

function weekday({ weekday: index }, letter, length, { names }) {
  const table = names.days[letter === "c" ? "stand-alone" : "format"];
  const width = WIDTHS[length];
  return (table[width] ?? table.abbreviated)[index];
}

function meridiem({ hours }, length, { names }) {
  const [wide, short, narrow] = names.ampm;
  const list = (length === 5 ? narrow : length === 4 ? wide : short) ?? wide ?? short;
  return list[hours < 12 ? 0 : 1];
}

function dayPeriod(moment, letter, length, own) {
  const { periodRules, names, precision } = own;
  const name = letter === "b"
    ? { 0: "midnight", 12: "noon" }[moment.hours + (precision > 0 && moment.minutes > 0 ? 0.5 : 0)]
    : periodAt(moment, periodRules, precision);
  const width = WIDTHS[length];
  const table = names.periods?.format;
  const called = (period) => table?.[width]?.[period] ?? table?.abbreviated?.[period];
  return called(name) ?? meridiem(moment, length, own);
}

function era({ era: index }, length, { names }) {
  const table = names.eras?.[WIDTHS[length]] ?? names.eras?.abbreviated;
  return table?.[index] ?? "";
}

const HOURS = { h: (hour) => hour % 12 || 12, H: (hour) => hour, K: (hour) => hour % 12, k: (hour) => hour || 24 };

function yearText({ year, cycleYear = year }, length, number) {
  return length === 2 ? number(cycleYear % 100, 2) : number(cycleYear, length);
}

function yearName({ year, cycleYear }, length, { names }, number) {
  return names.cycles?.years?.format?.abbreviated?.[cycleYear - 1] ?? number(year, length);
}

/** The text of a field; `own` is a formatter's settings. */
export function fieldText(letter, length, moment, own) {
  const number = own.spelled?.[letter] ?? own.number;
  switch (letter) {
    case "G":
      return era(moment, length, own);
    case "y":
    case "u":
      return yearText(moment, length, number);
    case "r":
      return number(moment.year, length);
    case "U":
      return yearName(moment, length, own, number);
    case "M":
    case "L":
      return month(moment, letter, length, own) ?? monthNumber(moment, length, own, number);
    case "d":
      return number(moment.day, length);
    case "E":
    case "c":
    case "e":
      return weekday(moment, letter, length, own);
    case "a":
      return meridiem(moment, length, own);
    case "b":
    case "B":
      return dayPeriod(moment, letter, length, own);
    case "m":
      return number(moment.minutes, length);
    case "s":
      return number(moment.seconds, length);
    case "S":
      return number(Math.floor(moment.millis / 10 ** (3 - Math.min(length, 3))), length);
    case "z":
    case "O":
    case "v":
      return zoneText(letter, length, moment, own);
    default:
      return HOURS[letter] ? number(HOURS[letter](moment.hours), length) : "";
  }
}

function zoneText(letter, length, { time }, { zone, locale, region, digits }) {
  const style = (length === 4 ? "long" : "short") + { z: "", O: "Offset", v: "Generic" }[letter];
  return zoneName({ zone, time, style, locale, region, digits });
}
