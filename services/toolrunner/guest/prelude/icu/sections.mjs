// What the sandbox's Intl needs of a locale, in sections that are read one by one.
import { difference, resolved } from "./inherit.mjs";

const UNITS = (
  "acre bit byte celsius centimeter day degree fahrenheit fluid-ounce foot gallon gigabit gigabyte gram hectare hour inch " +
  "kilobit kilobyte kilogram kilometer liter megabit megabyte meter microsecond mile mile-scandinavian milliliter " +
  "millimeter millisecond minute month nanosecond ounce percent petabyte pound second stone terabit terabyte week yard year"
).split(" ");
const COMPOUNDS = ["kilometer-per-hour", "mile-per-hour", "meter-per-second", "mile-per-gallon", "liter-per-kilometer"];
const CALENDARS = [
  "buddhist", "chinese", "coptic", "dangi", "ethiopic", "ethiopic-amete-alem", "hebrew", "indian", "islamic", "islamic-civil",
  "islamic-rgsa", "islamic-tbla", "islamic-umalqura", "iso8601", "japanese", "persian", "roc",
];
const PLURALS = ["zero", "one", "two", "few", "many", "other"];
const pick = (table, keys) => Object.fromEntries(keys.flatMap((key) => (table?.[key] === undefined ? [] : [[key, table[key]]])));

function system(elements) {
  const { symbols, patterns, patternsShort, patternsLong, miscPatterns } = elements;
  return { symbols, patterns, short: patternsShort, long: patternsLong, misc: miscPatterns };
}

function numbers(read, locale, systems) {
  const { NumberElements: all } = resolved(read, "", locale, ["NumberElements"]);
  const money = resolved(read, "curr/", locale, ["currencySpacing", "CurrencyUnitPatterns"]);
  // Finance and traditional digits are not decimal or not asked for.
  const kept = new Set(["latn", all.default, all.native, ...systems.filter((name) => ["arab", "arabext"].includes(name))]);
  return {
    default: all.default, native: all.native, finance: all.finance, traditional: all.traditional,
    least: Number(all.minimumGroupingDigits),
    systems: Object.fromEntries([...kept].filter((name) => all[name]?.symbols).map((name) => [name, system(all[name])])),
    spacing: money.currencySpacing, unitPatterns: money.CurrencyUnitPatterns,
  };
}

function currencies(read, locale) {
  const { Currencies, "Currencies%narrow": narrow, "Currencies%formal": formal, CurrencyPlurals } =
    resolved(read, "curr/", locale, ["Currencies", "Currencies%narrow", "Currencies%formal", "CurrencyPlurals"]);
  return { names: Currencies, narrow: narrow ?? {}, formal: formal ?? {}, plurals: CurrencyPlurals ?? {} };
}

function unitsOf(tables) {
  const found = {};
  for (const kinds of Object.values(tables ?? {})) {
    for (const name of [...UNITS, ...COMPOUNDS]) {
      if (kinds[name] !== undefined) found[name] = pick(kinds[name], [...PLURALS, "per"]);
    }
  }
  return { ...found, per: tables?.compound?.per };
}

function units(read, locale) {
  const all = resolved(read, "unit/", locale, ["units", "unitsShort", "unitsNarrow", "durationUnits"]);
  return { long: unitsOf(all.units), short: unitsOf(all.unitsShort), narrow: unitsOf(all.unitsNarrow), clock: all.durationUnits };
}

function calendar(table) {
  const {
    AmPmMarkers, AmPmMarkersAbbr, AmPmMarkersNarrow, DateTimePatterns, "DateTimePatterns%atTime": atTime, appendItems,
    availableFormats, dayNames, dayPeriod, eras, intervalFormats, monthNames, monthPatterns, cyclicNameSets,
  } = table;
  const plain = Object.fromEntries(Object.entries(availableFormats ?? {}).filter(([, value]) => typeof value === "string"));
  // How the numbers of a style are spelled, such as "hebr" or "d=hanidays".
  const spelling = DateTimePatterns?.map((pattern) => [pattern].flat()[1] ?? "");
  return {
    ...(spelling?.some((kind) => kind !== "") && { spelling }),
    ampm: [AmPmMarkers, AmPmMarkersAbbr, AmPmMarkersNarrow], patterns: DateTimePatterns?.map((pattern) => [pattern].flat()[0]), atTime, append: appendItems,
    available: plain, days: dayNames, periods: dayPeriod, eras, intervals: intervalFormats, months: monthNames,
    leap: monthPatterns, cycles: cyclicNameSets && { years: cyclicNameSets.years },
  };
}

function fieldNames({ fields }, width = "") {
  const names = ["era", "year", "quarter", "month", "week", "weekday", "day", "hour", "minute", "second", "zone", "dayperiod"];
  return Object.fromEntries(names.map((name) => [name, fields?.[name + width]?.dn]));
}

function gregorian(read, locale) {
  const all = resolved(read, "", locale, ["calendar", "fields"]);
  return { ...calendar(all.calendar.gregorian), fields: fieldNames(all), shortFields: { short: fieldNames(all, "-short"), narrow: fieldNames(all, "-narrow") } };
}

function calendars(read, locale) {
  const { calendar: all } = resolved(read, "", locale, ["calendar"]);
  const generic = calendar(all.generic);
  const others = CALENDARS.filter((name) => all[name]).map((name) => [name, difference(generic, calendar(all[name])) ?? {}]);
  return { generic, others: Object.fromEntries(others), default: all.default };
}

function relatives(read, locale) {
  const { fields } = resolved(read, "", locale, ["fields"]);
  const keys = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"].flatMap((key) => [key, `${key}-short`, `${key}-narrow`]);
  return Object.fromEntries(keys.map((key) => [key, { words: fields[key]?.relative, counts: fields[key]?.relativeTime }]));
}

function languages(read, locale) {
  const keys = ["Languages", "Languages%short", "Languages%menu", "Scripts", "Variants", "Types", "Keys", "localeDisplayPattern"];
  const all = resolved(read, "lang/", locale, keys);
  const calendarNames = all.Types?.calendar;
  return {
    languages: all.Languages, short: all["Languages%short"], scripts: all.Scripts, calendars: calendarNames,
    patterns: all.localeDisplayPattern,
  };
}

function regions(read, locale) {
  const { Countries, "Countries%short": short } = resolved(read, "region/", locale, ["Countries", "Countries%short"]);
  return { regions: Countries, short };
}

/** By name: `(read, locale, numberingSystems) => content`. */
export const SECTIONS = {
  numbers,
  currencies,
  units,
  gregorian,
  calendars,
  lists: (read, locale) => resolved(read, "", locale, ["listPattern"]).listPattern,
  relatives,
  languages,
  regions,
  zones: (read, locale) => resolved(read, "zone/", locale, ["zoneStrings"]).zoneStrings,
};
