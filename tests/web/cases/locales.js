// Intl in many locales and time zones, and the locale methods as built-ins. A run that sets WHOLE
// takes every locale.
const SAMPLE = ["mt-MT", "yo-NG", "lb-LU", "en-GB", "en-CA", "en-IN", "de-DE", "de-CH", "fr-FR", "es-ES", "es-MX", "pt-BR", "it-IT", "nl-NL", "sv-SE", "nb-NO", "fi-FI", "pl-PL", "ru-RU", "tr-TR", "he-IL", "ar-EG", "fa-IR", "hi-IN", "th-TH", "ja-JP", "ko-KR", "zh-CN", "zh-TW"];
const MORE = ["en-AU", "de-AT", "fr-CA", "es-AR", "pt-PT", "da-DK", "cs-CZ", "sk-SK", "hu-HU", "ro-RO", "bg-BG", "hr-HR", "sl-SI", "sr-RS", "el-GR", "uk-UA", "ar-SA", "bn-BD", "ta-IN", "vi-VN", "id-ID", "ms-MY", "zh-HK", "et-EE", "lt-LT", "lv-LV", "ca-ES", "is-IS", "sw-KE", "af-ZA", "ur-PK", "mr-IN", "te-IN", "gu-IN", "kn-IN", "ml-IN", "pa-IN", "ne-NP", "si-LK", "km-KH", "lo-LA", "my-MM", "ka-GE", "hy-AM", "az-AZ", "kk-KZ", "uz-UZ", "mn-MN", "sq-AL", "mk-MK", "bs-BA", "ga-IE", "cy-GB", "eu-ES", "gl-ES", "fil-PH", "am-ET", "zu-ZA", "ha-NG", "ha-GH", "ig-NG", "yo-BJ", "gsw-CH"];
const LOCALES = globalThis.WHOLE ? [...SAMPLE, ...MORE] : SAMPLE;
const TIME = Date.UTC(2026, 0, 5, 7, 8, 9, 45);
const SUMMER = Date.UTC(1995, 6, 17, 21, 30, 1);
const named = (parts) => parts.map(({ type, value }) => `${type} ${value}`);
const ZONE = { timeZone: "Europe/Berlin" };

const DATES = [
  {}, { dateStyle: "full", timeStyle: "short" }, { dateStyle: "long" }, { dateStyle: "medium", timeStyle: "medium" }, { dateStyle: "short" }, { timeStyle: "full" },
  { weekday: "long", year: "numeric", month: "long", day: "numeric" }, { month: "short", day: "numeric" }, { year: "numeric", month: "2-digit", day: "2-digit" }, { weekday: "short" }, { month: "long" },
  { year: "numeric", month: "short" }, { hour: "numeric", minute: "2-digit" }, { hour: "numeric", hour12: true }, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 2 },
  { hour: "numeric", dayPeriod: "long", hour12: true }, { era: "short", year: "numeric" }, { weekday: "short", day: "numeric", month: "short", hour: "numeric", timeZoneName: "short" }, { month: "numeric", day: "numeric" },
];
const NUMBERS = [
  {}, { style: "percent", maximumFractionDigits: 1 }, { style: "currency", currency: "EUR" }, { style: "currency", currency: "USD", currencyDisplay: "code" }, { style: "currency", currency: "JPY", currencyDisplay: "name" },
  { notation: "compact" }, { notation: "compact", compactDisplay: "long" }, { notation: "scientific" }, { style: "unit", unit: "kilometer-per-hour" }, { style: "unit", unit: "day", unitDisplay: "long" }, { signDisplay: "always", minimumFractionDigits: 1 },
];
const VALUES = [0, 1, -1234.567, 25, 1e6, 123456789.5, NaN, -Infinity];
const WORDS = ["z", "a", "ä", "A", "ö", "å", "ø", "é", "e", "ñ", "n", "ch", "c", "d", "ł", "l", "ı", "i", "I", "ß", "ss", "co-op", "coop", "я", "ё", "е", "あ", "ア", "漢", "字", "가", "ب", "א", "10", "2", "", " "];
for (const locale of LOCALES) {
  test(`dates ${locale}`, () => DATES.map((options) => { const format = new Intl.DateTimeFormat(locale, { ...options, ...ZONE }); return [format.format(TIME), named(format.formatToParts(SUMMER))]; }));
  test(`date options ${locale}`, () => [{}, { hour: "numeric" }, { dateStyle: "long" }].map((options) => new Intl.DateTimeFormat(locale, { ...options, ...ZONE }).resolvedOptions()));
  test(`numbers ${locale}`, () => NUMBERS.map((options) => { const format = new Intl.NumberFormat(locale, options); return [VALUES.map((value) => format.format(value)), named(format.formatToParts(-1234.5)), format.resolvedOptions()]; }));
  test(`lists ${locale}`, () => ["conjunction", "disjunction", "unit"].map((type) => ["long", "narrow"].map((style) => [["a", "i"], ["a", "b", "o"]].map((list) => new Intl.ListFormat(locale, { type, style }).format(list)))));
  test(`relative ${locale}`, () => ["second", "day", "month", "year"].map((unit) => [-1, 0, 1, 2, 5].map((count) => [new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(count, unit), new Intl.RelativeTimeFormat(locale, { style: "narrow" }).format(count, unit)])));
  test(`names ${locale}`, () => [["region", "US"], ["language", "de-AT"], ["language", "zh-Hans"], ["script", "Cyrl"], ["currency", "USD"], ["dateTimeField", "month"]].map(([type, code]) => new Intl.DisplayNames(locale, { type }).of(code)));
  test(`plurals ${locale}`, () => ["cardinal", "ordinal"].map((type) => { const rules = new Intl.PluralRules(locale, { type }); return [[0, 1, 2, 3, 5, 11, 21, 1.5].map((value) => rules.select(value)), rules.resolvedOptions().pluralCategories]; }));
  test(`sorted ${locale}`, () => [[...WORDS].sort(new Intl.Collator(locale).compare), [...WORDS].sort((one, two) => one.localeCompare(two, locale, { sensitivity: "base", numeric: true })), new Intl.Collator(locale).resolvedOptions()]);
  test(`date range ${locale}`, () => [{ dateStyle: "medium" }, { year: "numeric", month: "long" }].map((options) => new Intl.DateTimeFormat(locale, { ...options, ...ZONE }).formatRange(TIME, TIME + 40 * 864e5)));
  test(`number range ${locale}`, () => new Intl.NumberFormat(locale, { style: "unit", unit: "kilometer" }).formatRange(3, 15));
  test(`duration ${locale}`, () => ["long", "short", "digital"].map((style) => new Intl.DurationFormat(locale, { style }).format({ hours: 1, minutes: 2, seconds: 30 })));
}

const ZONES = globalThis.WHOLE ? Intl.supportedValuesOf("timeZone") : ["America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Calcutta", "Asia/Tokyo", "Australia/Lord_Howe", "Europe/London", "Europe/Dublin", "Africa/Casablanca", "Pacific/Chatham", "America/Phoenix", "Etc/GMT+5", "US/Eastern", "UTC", "GMT", "+05:30", "europe/berlin"];
for (const timeZone of ZONES) {
  test(`zone ${timeZone}`, () => [1900, 1935, 1955, 1972, 1995, 2010, 2026, 2055].flatMap((year) => [0, 3, 6, 9].map((month) => new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "short", timeStyle: "long" }).format(Date.UTC(year, month, 15, 12)))));
  test(`zone names ${timeZone}`, () => ["en-US", "de"].flatMap((locale) => ["long", "shortOffset", "longOffset", "shortGeneric", "longGeneric"].map((timeZoneName) => new Intl.DateTimeFormat(locale, { timeZone, hour: "numeric", timeZoneName }).format(TIME))));
}
test("zones that are none", () => ["Mars/Base", "+24:00", "", "Europe"].map((timeZone) => { try { return new Intl.DateTimeFormat("en", { timeZone }).format(0); } catch (error) { return `${error}`; } }));
const CALENDARS = ["buddhist", "japanese", "roc", "persian", "indian", "hebrew", "coptic", "ethiopic", "ethioaa", "islamic", "islamic-rgsa", "islamic-civil", "islamic-tbla", "islamic-umalqura", "chinese", "dangi"];
// 1843, 1582 before and after the reform, months that are inserted, new years.
const MOONS = [-4e12, -12219379200000, -12219292800000, -2208988800000, 0, 1590700000000, 1592200000000, 1709251200000, 1740000000000, 4e12];
const LOOKS = [{ dateStyle: "full" }, { dateStyle: "short" }, {}, { month: "long" }, { year: "numeric", month: "short" }, { era: "long", year: "numeric" }];
for (const calendar of CALENDARS) {
  for (const locale of ["en", "de", "zh", "ja", "ko", "he", "ar", "fa", "th"]) {
    test(`calendar ${calendar} ${locale}`, () => LOOKS.map((options) => {
      const format = new Intl.DateTimeFormat(locale, { ...options, calendar, timeZone: "UTC" });
      const times = calendar.startsWith("islamic") || calendar === "chinese" || calendar === "dangi" ? MOONS.filter((time) => time > -8e12) : MOONS;
      return [format.resolvedOptions(), times.map((time) => format.format(time))];
    }));
  }
}
each(["en", "de", "fr", "ja", "ja-JP", "ko", "zh-TW", "ru", "en-u-hc-h11"], "midnight and noon", (locale) => [{ hour: "numeric", dayPeriod: "long" }, { timeStyle: "short" }, { hour: "numeric", minute: "numeric", dayPeriod: "short" }].map((options) => [0, 43_200_000, 3_600_000].map((time) => new Intl.DateTimeFormat(locale, { ...options, hour12: true, timeZone: "UTC" }).format(time))));
for (const calendar of ["buddhist", "japanese", "roc", "persian", "indian", "hebrew", "coptic", "ethiopic", "islamic-civil", "islamic-tbla", "islamic-umalqura", "iso8601"]) {
  test(`calendar ${calendar}`, () => ["en", "de", "ja"].flatMap((locale) => [{ dateStyle: "long" }, { year: "numeric", month: "numeric", day: "numeric" }].map((options) => [TIME, SUMMER].map((time) => new Intl.DateTimeFormat(locale, { ...options, calendar, timeZone: "UTC" }).format(time)))));
}
each(["arab", "deva", "thai", "fullwide", "hanidec"], "digits", (numberingSystem) => [new Intl.NumberFormat("en", { numberingSystem }).format(1234.5), new Intl.DateTimeFormat("de", { numberingSystem, timeZone: "UTC" }).format(TIME), (5).toLocaleString(`en-u-nu-${numberingSystem}`)]);
each(["zh-tw", "iw", "sr-latn", "no", "en-u-nu-latn-ca-gregory", "cmn-hans", "sh", "en-BU", "de-1996", "x-y", "i-klingon", "en-a-bbb-x-c"], "canonical", (tag) => Intl.getCanonicalLocales(tag));
each(["en", "zh-TW", "sr", "pt-BR", "ar-EG-u-nu-latn", "und-RU", "en-Latn-US", "uz-AF"], "Locale", (tag) => { const one = new Intl.Locale(tag); return [`${one}`, one.baseName, one.region, one.script, `${one.maximize()}`, `${one.minimize()}`, one.numberingSystem, one.getTextInfo(), one.getWeekInfo(), one.getHourCycles()]; });
each(["calendar", "collation", "currency", "numberingSystem", "timeZone", "unit", "x"], "supportedValuesOf", (key) => Intl.supportedValuesOf(key));
test("extensions", () => ["de-u-nu-arab", "en-u-hc-h23", "de-u-co-phonebk", "en-u-kn-true", "th-u-ca-gregory"].map((tag) => [new Intl.DateTimeFormat(tag, { hour: "numeric" }).resolvedOptions().locale, new Intl.NumberFormat(tag).resolvedOptions().locale, new Intl.Collator(tag).resolvedOptions().locale]));
test("casing", () => [["ıiIİ", "tr"], ["ΆΔΕΙΑ μαΐου", "el"], ["ÌĮ̃ į̇́", "lt"], ["iI", "az"], ["ß", "de"]].map(([text, locale]) => [text.toLocaleUpperCase(locale), text.toLocaleLowerCase(locale)]));
test("case of an unknown tag", () => "x".toLocaleUpperCase("en_US"));

// The locale methods and Intl's own classes are like built-ins.
const OWNERS = { Date: Date.prototype, Number: Number.prototype, BigInt: BigInt.prototype, String: String.prototype, Array: Array.prototype, Typed: Object.getPrototypeOf(Uint8Array.prototype) };
const METHODS = { Date: ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"], Number: ["toLocaleString"], BigInt: ["toLocaleString"], String: ["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase"], Array: ["toLocaleString"], Typed: ["toLocaleString"] };
const shape = (owner, key) => {
  const { value, get, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(owner, key);
  const one = value ?? get;
  return [typeof value, typeof get, writable, enumerable, configurable, ...(typeof one === "function" ? [one.name, one.length, Object.hasOwn(one, "prototype")] : [])];
};
const failing = (run) => { try { return ["value", run()]; } catch (error) { return [error.name]; } };
for (const [owner, methods] of Object.entries(METHODS)) for (const key of methods) {
  const method = OWNERS[owner][key];
  test(`method ${owner} ${key}`, () => [shape(OWNERS[owner], key), failing(() => new method()), [undefined, null, 1, "x", {}, [], 1n, ...(owner === "String" ? [] : [new Date(0)])].map((receiver) => failing(() => method.call(receiver, "en", { timeZone: "UTC" })))]);
}
for (const name of ["Collator", "DateTimeFormat", "DisplayNames", "DurationFormat", "ListFormat", "Locale", "NumberFormat", "PluralRules", "RelativeTimeFormat", "Segmenter"]) {
  test(`class ${name}`, () => [shape(Intl, name), Object.getOwnPropertyNames(Intl[name].prototype).sort().map((key) => [key, shape(Intl[name].prototype, key)]), shape(Intl[name].prototype, Symbol.toStringTag), Object.getOwnPropertyNames(Intl[name]).sort().map((key) => [key, shape(Intl[name], key)]), failing(() => Intl[name].prototype.resolvedOptions?.())]);
}
test("Intl itself", () => [Object.getOwnPropertyNames(Intl).sort(), shape(Intl, "getCanonicalLocales"), shape(Intl, "supportedValuesOf"), `${Intl}`]);
test("each element is asked", () => [[1234.5, null, undefined, { toLocaleString: (...given) => `given ${given.length}` }, [1, [2]]].toLocaleString("de", {}), Array.prototype.toLocaleString.call({ length: 2, 0: 1, 1: 2 })]);
test("an array in itself", () => { const list = [1]; list.push(list); return list.toLocaleString(); });
test("elements that shrink", () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 });
  const bytes = new Uint8Array(buffer);
  const own = Number.prototype.toLocaleString;
  let asked = 0;
  Number.prototype.toLocaleString = function () { if (asked++ === 1) buffer.resize(2); return `n${asked}`; };
  try { return bytes.toLocaleString(); } finally { Number.prototype.toLocaleString = own; }
});
