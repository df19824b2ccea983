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

const REFORM = Date.UTC(1582, 9, 15) / DAY;

// ICU's calendars that are like the Gregorian one are Julian before the reform; the Gregorian one of Intl is not.
function reformed(day) {
  if (day >= REFORM) return gregorian(day);
  // From the first of March of the year -4800 on, so that leap days end a year.
  const days = day + 2472670;
  const years = floor((4 * days + 3) / 1461);
  const inYear = days - floor((1461 * years) / 4);
  const month = floor((5 * inYear + 2) / 153);
  const year = years - 4800 + (month > 9 ? 1 : 0);
  return { year, month: (month + 2) % 12, day: inYear - floor((153 * month + 2) / 5) + 1 };
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

const tables = new Map();

// The months of a calendar that follows the moon: where each begins, its year and number.
function lunarTable(name) {
  if (!tables.has(name)) {
    const { first, start, lengths, leaps } = tableOf("calendars")[name];
    const months = [];
    let [begin, year, month, leap] = [start, first, -1, 0];
    for (let i = 0; i < lengths.length; i++) {
      const isLeap = leaps[leap] === i;
      if (isLeap) leap += 1;
      else month += 1;
      if (month === 12) [year, month] = [year + 1, 0];
      months.push({ begin, year, month, isLeapMonth: isLeap });
      begin += lengths[i] === "1" ? 30 : 29;
    }
    tables.set(name, { months, end: begin });
  }
  return tables.get(name);
}

// A day in such a calendar; undefined outside of its table.
function lunar(name, day) {
  const { months, end } = lunarTable(name);
  if (day < months[0].begin || day >= end) return undefined;
  let [low, high] = [0, months.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (months[middle].begin <= day) low = middle;
    else high = middle;
  }
  const { begin, ...month } = months[low];
  return { era: 0, ...month, day: day - begin + 1 };
}

function lunarOnly(name, table, day) {
  const found = lunar(table, day);
  if (found !== undefined) return found;
  const { year } = gregorian(day);
  throw notAvailable(`the calendar "${name}" is available in the sandbox from 1601 to 2399, not for the year ${year}`);
}

// Years are counted in cycles of sixty.
function chinese(name, day) {
  const found = lunarOnly(name, name, day);
  return { ...found, cycleYear: mod(found.year - 4, 60) + 1 };
}

const umalqura = (day) => lunar("umalqura", day) ?? islamic(day, 492148);

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
  const isLeap = (y) => mod(y, 4) === 0 && (mod(y, 100) !== 0 || mod(y, 400) === 0);
  const startOf = (y) => new Date(0).setUTCFullYear(y, 2, isLeap(y) ? 21 : 22) / DAY;
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

function japanese(day) {
  const date = reformed(day);
  const isSince = ([, year, month, first]) => (date.year - year || date.month + 1 - month || date.day - first) >= 0;
  const eras = tableOf("calendars").japanese;
  const [era, first] = eras.findLast(isSince) ?? eras[0];
  return { ...date, era, year: date.year - first + 1 };
}

const BY_NAME = {
  gregory: (day) => twoEras(gregorian(day)),
  iso8601: (day) => twoEras(gregorian(day)),
  buddhist: (day) => ({ ...reformed(day), era: 0, year: reformed(day).year + 543 }),
  roc(day) {
    const date = reformed(day);
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
  islamic: (day) => lunarOnly("islamic", "islamic", day),
  "islamic-rgsa": (day) => lunarOnly("islamic-rgsa", "islamic", day),
  chinese: (day) => chinese("chinese", day),
  dangi: (day) => chinese("dangi", day),
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
  const name = { __proto__: null, gregorian: "gregory", islamicc: "islamic-civil", "ethiopic-amete-alem": "ethioaa" }[given] ?? given;
  return Object.hasOwn(BY_NAME, name) ? name : undefined;
}
