// Calendars: a day, counted from 1970-01-01, as era, year, month and day.
import { notAvailable } from "../core/errors.js";
import { tableOf } from "./data.js";

const DAY = 86_400_000;
const { floor } = Math;
const mod = (a, b) => a - b * floor(a / b);

function gregorian(day) {
  const date = new Date(day * DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
}

const twoEras = ({ year, ...rest }) => (year > 0 ? { ...rest, era: 1, year } : { ...rest, era: 0, year: 1 - year });

// Days from the calendar's own first year to 1970, and a year of 365.25 days that begins there.
function julianLike(day, epoch) {
  const days = day + epoch;
  const year = floor((4 * days + 1463) / 1461);
  const start = 365 * (year - 1) + floor(year / 4);
  return { year, month: floor((days - start) / 30), day: mod(days - start, 30) + 1 };
}

function islamic(day, epoch) {
  const days = day + epoch;
  const year = floor((30 * days + 10646) / 10631);
  const start = (year - 1) * 354 + floor((3 + 11 * year) / 30);
  const month = Math.min(Math.ceil((days - 29 - start) / 29.5), 11);
  const monthStart = start + Math.ceil(29.5 * month);
  return { era: 0, year, month: Math.max(month, 0), day: days - (month < 0 ? start : monthStart) + 1 };
}

function umalqura(day) {
  const { first, start, lengths } = tableOf("calendars").umalqura;
  let [rest, i] = [day - start, 0];
  if (rest < 0) return islamic(day, 492148);
  for (; i < lengths.length; i++) {
    const length = lengths[i] === "1" ? 30 : 29;
    if (rest < length) return { era: 0, year: first + floor(i / 12), month: i % 12, day: rest + 1 };
    rest -= length;
  }
  return islamic(day, 492148);
}

function persian(day) {
  const days = day + 492268;
  const year = 1 + floor((33 * days + 3) / 12053);
  const start = 365 * (year - 1) + floor((8 * year + 21) / 33);
  const inYear = days - start;
  const month = inYear < 216 ? floor(inYear / 31) : floor((inYear - 6) / 30);
  return { era: 0, year, month, day: inYear - (month <= 6 ? 31 * month : 30 * month + 6) + 1 };
}

function indian(day) {
  const { year } = gregorian(day);
  const isLeap = (y) => new Date(Date.UTC(y, 1, 29)).getUTCMonth() === 1;
  const startOf = (y) => Date.UTC(y, 2, isLeap(y) ? 21 : 22) / DAY;
  const own = day < startOf(year) ? year - 1 : year;
  const inYear = day - startOf(own);
  const first = isLeap(own) ? 31 : 30;
  if (inYear < first) return { era: 0, year: own - 78, month: 0, day: inYear + 1 };
  const rest = inYear - first;
  return rest < 155
    ? { era: 0, year: own - 78, month: 1 + floor(rest / 31), day: (rest % 31) + 1 }
    : { era: 0, year: own - 78, month: 6 + floor((rest - 155) / 30), day: ((rest - 155) % 30) + 1 };
}

function hebrewNewYear(year) {
  const months = floor((235 * year - 234) / 19);
  const parts = 12084 + 13753 * months;
  const day = months * 29 + floor(parts / 25920);
  return mod(3 * (day + 1), 7) < 3 ? day + 1 : day;
}

function hebrewStart(year) {
  const [before, own, after] = [hebrewNewYear(year - 1), hebrewNewYear(year), hebrewNewYear(year + 1)];
  return own + (after - own === 356 ? 2 : own - before === 382 ? 1 : 0);
}

// Months are counted as ICU does: Adar I is the sixth, which a common year skips.
function hebrew(day) {
  const days = day + 2092590;
  let year = floor((days * 98496) / 35975351) + 1;
  while (days >= hebrewStart(year + 1)) year += 1;
  while (days < hebrewStart(year)) year -= 1;
  const [start, length] = [hebrewStart(year), hebrewStart(year + 1) - hebrewStart(year)];
  const isLeap = length > 370;
  const kind = mod(length, 10);
  const months = [30, kind === 5 ? 30 : 29, kind === 3 ? 29 : 30, 29, 30, isLeap ? 30 : 0, 29, 30, 29, 30, 29, 30, 29];
  let rest = days - start;
  let month = 0;
  while (rest >= months[month]) rest -= months[month++];
  return { era: 0, year, month, day: rest + 1, isLeap };
}

const JAPANESE = [[236, 2019, 4, 1], [235, 1989, 0, 8], [234, 1926, 11, 25], [233, 1912, 6, 30], [232, 1868, 9, 23]];

function japanese(day) {
  const date = gregorian(day);
  const found = JAPANESE.find(([, year, month, first]) => day >= Date.UTC(year, month, first) / DAY);
  if (found === undefined) return twoErasJapanese(date);
  return { ...date, era: found[0], year: date.year - found[1] + 1 };
}

// Before Meiji, ICU counts the years of the era that begins with each reform; few ask for that.
function twoErasJapanese(date) {
  throw notAvailable(`the Japanese calendar before 1868 (the year ${date.year}) is not available in the sandbox`);
}

const BY_NAME = {
  gregory: (day) => twoEras(gregorian(day)),
  iso8601: (day) => twoEras(gregorian(day)),
  buddhist: (day) => ({ ...gregorian(day), era: 0, year: gregorian(day).year + 543 }),
  roc(day) {
    const date = gregorian(day);
    return date.year > 1911 ? { ...date, era: 1, year: date.year - 1911 } : { ...date, era: 0, year: 1912 - date.year };
  },
  japanese,
  persian,
  indian,
  hebrew,
  coptic(day) {
    const date = julianLike(day, 615558);
    return date.year > 0 ? { ...date, era: 1 } : { ...date, era: 0, year: 1 - date.year };
  },
  ethiopic(day) {
    const date = julianLike(day, 716367);
    return date.year > 0 ? { ...date, era: 1 } : { ...date, era: 0, year: date.year + 5500 };
  },
  ethioaa: (day) => ({ ...julianLike(day, 716367 + 2008875), era: 0 }),
  "islamic-civil": (day) => islamic(day, 492148),
  "islamic-tbla": (day) => islamic(day, 492149),
  "islamic-umalqura": umalqura,
};

const TABLES = {
  gregory: "gregorian", ethioaa: "ethiopic-amete-alem",
};

/** The calendars that can be formatted. */
export const CALENDARS = Object.keys(BY_NAME);

/** A day in a calendar; the day counts from 1970-01-01. */
export const inCalendar = (name, day) => BY_NAME[name](day);

/** The name of a calendar in the data of a locale. */
export const tableName = (name) => TABLES[name] ?? name;

/** A calendar's name as given, in today's form; undefined for one that Intl does not know. */
export function calendarNamed(given) {
  const name = { gregorian: "gregory", islamicc: "islamic-civil", "ethiopic-amete-alem": "ethioaa" }[given] ?? given;
  if (["chinese", "dangi"].includes(name)) throw notAvailable(`the calendar "${given}" is not available in the sandbox`);
  return BY_NAME[name] ? name : undefined;
}
