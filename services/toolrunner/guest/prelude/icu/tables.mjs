// Tables that belong to no single locale.

const max = (tag) => {
  try {
    const full = new Intl.Locale(tag).maximize();
    return full.toString() === new Intl.Locale(tag).toString() ? undefined : full;
  } catch {
    return undefined;
  }
};

/** Likely subtags: `en` gives `Latn-US`, `zh-TW` gives `Hant`, `und-RU` gives `ru-Cyrl`. */
export function likelySubtags(read) {
  const { language, script, region } = codes(read);
  const table = {};
  for (const code of language) {
    const full = max(code);
    if (full) table[code] = `${full.script}-${full.region}`;
  }
  const known = Object.keys(table).filter((code) => code !== "und");
  for (const code of known) {
    const [ownScript, ownRegion] = table[code].split("-");
    for (const other of script) {
      const full = max(`${code}-${other}`);
      if (full && full.region !== ownRegion) table[`${code}-${other}`] = full.region;
    }
    if (!read("", code)) continue;
    for (const other of region) {
      const full = max(`${code}-${other}`);
      if (full && full.script !== ownScript) table[`${code}-${other}`] = full.script;
    }
  }
  for (const other of [...script, ...region]) {
    const full = max(`und-${other}`);
    if (full && full.language !== "en") table[`und-${other}`] = `${full.language}-${full.script}-${full.region}`;
  }
  return table;
}

// Every code that ICU has a name for in English.
function codes(read) {
  const { Languages, Scripts } = read("lang/", "en");
  const { Countries } = read("region/", "en");
  return {
    language: ["und", ...Object.keys(Languages).filter((code) => /^[a-z]{2,3}$/.test(code))],
    script: Object.keys(Scripts).filter((code) => /^[A-Z][a-z]{3}$/.test(code)),
    region: Object.keys(Countries).filter((code) => /^(?:[A-Z]{2}|\d{3})$/.test(code)),
  };
}

/** Deprecated codes and what replaced them. */
export function aliases(read) {
  const { alias } = read("", "metadata");
  const plain = (table) => Object.fromEntries(Object.entries(table).map(([key, { replacement }]) => [key.replaceAll("_", "-"), replacement.replaceAll("_", "-")]));
  return { language: plain(alias.language), region: plain(alias.territory), script: plain(alias.script), variant: plain(alias.variant), subdivision: plain(alias.subdivision ?? {}) };
}

/** Plural rules without their samples. */
export function plurals(read) {
  const { locales, locales_ordinals: ordinals, rules } = read("", "plurals");
  const bare = (set) => Object.fromEntries(Object.entries(set).map(([key, text]) => [key, text.split("@")[0].trim()]));
  const ranges = read("", "pluralRanges");
  return { cardinal: locales, ordinal: ordinals, rules: Object.fromEntries(Object.entries(rules).map(([key, set]) => [key, bare(set)])), ranges };
}

const KEYS = ["calendar", "collation", "currency", "numberingSystem", "timeZone", "unit"];

/** What `Intl.supportedValuesOf` lists. */
export const supported = () => Object.fromEntries(KEYS.map((key) => [key, Intl.supportedValuesOf(key)]));

/** Facts by region and by code that formatting needs. */
export function facts(read) {
  const { calendarPreferenceData, timeData, weekData } = read("", "supplementalData");
  const { numberingSystems } = read("", "numberingSystems");
  const digits = Object.entries(numberingSystems).filter(([, { algorithmic, radix }]) => algorithmic === 0 && radix === 10);
  const { dayPeriods: _, ...periods } = read("", "dayPeriods");
  const places = Object.fromEntries(
    Intl.supportedValuesOf("currency").map((code) => [code, new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits])
      .filter(([, count]) => count !== 2),
  );
  return {
    calendars: calendarPreferenceData, hours: timeData, weeks: weekData,
    digits: Object.fromEntries(digits.map(([name, { desc }]) => [name, desc])), periods, places,
  };
}

const DAY = 86_400_000;

// The years for which calendars that follow the moon are written down.
const [FROM, TO] = [1600, 2400];

const dayReader = (calendar) => {
  const format = new Intl.DateTimeFormat(`en-u-ca-${calendar}`, { timeZone: "UTC", year: "numeric", month: "numeric", day: "numeric" });
  return (day) => {
    const parts = Object.fromEntries(format.formatToParts(day * DAY).map(({ type, value }) => [type, value]));
    const [year, month, ofMonth] = [parts.relatedYear ?? parts.year, parts.month, parts.day].map((text) => Number.parseInt(text, 10));
    return { year, month, day: ofMonth, isLeap: parts.month.endsWith("bis") };
  };
};

/** The months of a calendar from a first day of a month on: 1 for 30 days, 0 for 29. */
function* months(read, from, until) {
  for (let day = from; day < until; ) {
    const isLong = read(day + 29).day === 30;
    yield { ...read(day), start: day, length: isLong ? "1" : "0" };
    day += isLong ? 30 : 29;
  }
}

function newYear(read, from) {
  let day = Date.UTC(from, 0, 1) / DAY;
  while (read(day).month !== 1 || read(day).day !== 1 || read(day).isLeap) day += 1;
  return day;
}

function lunar(calendar, from, to) {
  const read = dayReader(calendar);
  const start = newYear(read, from);
  const all = [...months(read, start, Date.UTC(to, 0, 1) / DAY)];
  return { first: read(start).year, start, lengths: all.map(({ length }) => length).join(""), leaps: all.flatMap(({ isLeap }, i) => (isLeap ? [i] : [])) };
}

function japaneseEras(read) {
  const { eras } = read("", "supplementalData").calendarData.japanese;
  return Object.entries(eras).map(([index, { start }]) => [Number(index), ...start]);
}

/** What calendars hold that no rule gives: the months of those that follow the moon, and Japan's eras. */
export const calendars = (read) => ({
  umalqura: lunar("islamic-umalqura", 1883, 2174), islamic: lunar("islamic", FROM, TO), chinese: lunar("chinese", FROM, TO), dangi: lunar("dangi", FROM, TO),
  japanese: japaneseEras(read),
});
