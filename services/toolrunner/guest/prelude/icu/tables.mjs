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

/** The lengths of the months of the calendar of Umm al-Qura: 1 for 30 days, 0 for 29. */
export function calendars() {
  const format = new Intl.DateTimeFormat("en-u-ca-islamic-umalqura", { timeZone: "UTC", year: "numeric", month: "numeric", day: "numeric" });
  const read = (day) => Object.fromEntries(format.formatToParts(day * DAY).map(({ type, value }) => [type, Number.parseInt(value, 10)]));
  let day = Date.UTC(1883, 0, 1) / DAY;
  while (read(day).month !== 1 || read(day).day !== 1) day += 1;
  const [first, start] = [read(day).year, day];
  let lengths = "";
  while (lengths.length < 12 * (1600 - first)) {
    const isLong = read(day + 29).day === 30;
    lengths += isLong ? "1" : "0";
    day += isLong ? 30 : 29;
  }
  return { umalqura: { first, start, lengths } };
}
