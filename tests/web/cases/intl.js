// Intl of en-US and the locale methods of the language.
const NUMBERS = [0, -0, 1, -1, 0.5, 1.005, 2.5, -2.5, 999.995, 1234.5678, 1e6, 123456789.987, 1e21, 1.23e-7, NaN, Infinity, -Infinity, 12345678901234567890n];
const NUMBER_OPTIONS = [
  {}, { style: "percent" }, { style: "percent", maximumFractionDigits: 1 }, { style: "currency", currency: "USD" }, { style: "currency", currency: "EUR" }, { style: "currency", currency: "JPY" }, { style: "currency", currency: "CHF" }, { style: "currency", currency: "USD", currencyDisplay: "code" },
  { style: "currency", currency: "USD", currencyDisplay: "name" }, { style: "currency", currency: "USD", currencySign: "accounting" }, { style: "currency", currency: "CAD", currencyDisplay: "narrowSymbol" }, { style: "currency", currency: "USD", maximumFractionDigits: 0 }, { style: "currency", currency: "USD", notation: "compact" },
  { minimumFractionDigits: 2 }, { maximumFractionDigits: 0 }, { maximumFractionDigits: 2 }, { maximumSignificantDigits: 3 }, { minimumSignificantDigits: 4 }, { minimumSignificantDigits: 2, maximumSignificantDigits: 4 }, { minimumIntegerDigits: 3 }, { useGrouping: false }, { useGrouping: "min2" },
  { notation: "compact" }, { notation: "compact", compactDisplay: "long" }, { notation: "compact", maximumFractionDigits: 1 }, { notation: "scientific" }, { notation: "engineering" }, { signDisplay: "always" }, { signDisplay: "exceptZero" }, { signDisplay: "never" }, { signDisplay: "negative" },
  { style: "unit", unit: "kilometer" }, { style: "unit", unit: "byte", unitDisplay: "long" }, { style: "unit", unit: "celsius" }, { style: "unit", unit: "liter", unitDisplay: "narrow" }, { style: "unit", unit: "day" }, { style: "unit", unit: "percent" }, { style: "unit", unit: "mile-per-hour", unitDisplay: "long" },
  { roundingMode: "floor", maximumFractionDigits: 0 }, { roundingMode: "ceil", maximumFractionDigits: 1 }, { roundingMode: "halfEven", maximumFractionDigits: 0 }, { roundingMode: "trunc", maximumFractionDigits: 2 }, { roundingMode: "expand", maximumFractionDigits: 0 },
];
for (const options of NUMBER_OPTIONS) {
  test(`numbers ${JSON.stringify(options)}`, () => { const format = new Intl.NumberFormat("en-US", options); return NUMBERS.map((number) => format.format(number)); });
}
for (const options of NUMBER_OPTIONS.slice(0, 30)) test(`resolved ${JSON.stringify(options)}`, () => new Intl.NumberFormat("en-US", options).resolvedOptions());
for (const options of [{}, { style: "currency", currency: "EUR" }, { style: "percent" }, { notation: "compact" }, { notation: "scientific" }, { style: "unit", unit: "meter" }, { style: "currency", currency: "USD", currencySign: "accounting" }]) {
  test(`parts ${JSON.stringify(options)}`, () => [-1234.5, 0, NaN, Infinity].map((number) => new Intl.NumberFormat("en", options).formatToParts(number)));
}
each([{ style: "x" }, { style: "currency" }, { style: "currency", currency: "x" }, { style: "unit" }, { style: "unit", unit: "UNKNOWN!" }, { minimumFractionDigits: 101 }, { minimumFractionDigits: 3, maximumFractionDigits: 1 }, { maximumSignificantDigits: 0 }, { notation: "x" }, null], "number options", (options) => new Intl.NumberFormat("en", options).format(1));
each([1234.5, 0.1, -7, 1e9], "toLocaleString", (number) => [number.toLocaleString(), number.toLocaleString("en-US", { style: "currency", currency: "GBP" }), number.toLocaleString(undefined, { maximumFractionDigits: 0 })]);
test("bigint toLocaleString", () => 1234567890123n.toLocaleString());
test("array toLocaleString", () => [[1234.5, new Date(0), null, "x"].toLocaleString(), new Float64Array([1234.5, 2]).toLocaleString()]);
test("format of text", () => ["12.5", " 7 ", "x", null, true].map((value) => new Intl.NumberFormat("en").format(value)));

const DATES = [0, 1e12, 1709210096789, -62135596800000, 951782400000, 1704067199999, 1735689600000 - 1, 1718449200000].map((time) => new Date(time));
const DATE_OPTIONS = [
  {}, { dateStyle: "full" }, { dateStyle: "long" }, { dateStyle: "medium" }, { dateStyle: "short" }, { timeStyle: "full" }, { timeStyle: "long" }, { timeStyle: "medium" }, { timeStyle: "short" }, { dateStyle: "full", timeStyle: "long" }, { dateStyle: "medium", timeStyle: "short" }, { dateStyle: "short", timeStyle: "short" },
  { year: "numeric" }, { month: "long" }, { month: "short", day: "numeric" }, { month: "long", day: "numeric", year: "numeric" }, { weekday: "long" }, { weekday: "short", month: "short", day: "numeric" }, { weekday: "long", year: "numeric", month: "long", day: "numeric" }, { year: "2-digit", month: "2-digit", day: "2-digit" }, { year: "numeric", month: "2-digit", day: "2-digit" },
  { year: "numeric", month: "short" }, { year: "numeric", month: "numeric" }, { month: "narrow" }, { weekday: "narrow" }, { day: "numeric" }, { day: "2-digit", month: "short", year: "numeric" }, { weekday: "short", year: "numeric", month: "numeric", day: "numeric" },
  { hour: "numeric" }, { hour: "numeric", minute: "2-digit" }, { hour: "2-digit", minute: "2-digit" }, { hour: "2-digit", minute: "2-digit", hour12: false }, { hour: "numeric", hour12: false }, { hour: "numeric", minute: "2-digit", hourCycle: "h23" }, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }, { hour: "numeric", minute: "numeric", second: "numeric" }, { minute: "2-digit", second: "2-digit" },
  { second: "numeric" }, { minute: "numeric" }, { hour: "numeric", minute: "2-digit", timeZoneName: "short" }, { timeZone: "UTC", timeZoneName: "long" }, { timeZone: "+05:30", dateStyle: "short", timeStyle: "long" }, { timeZone: "-08:00", hour: "numeric", minute: "2-digit", timeZoneName: "longOffset" }, { hour: "numeric", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }, { fractionalSecondDigits: 2 },
  { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit" }, { month: "short", day: "numeric", hour: "numeric" }, { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }, { era: "short" }, { year: "numeric", era: "short" }, { year: "numeric", month: "long", era: "long" }, { hour: "numeric", hourCycle: "h24" }, { hour: "numeric", hourCycle: "h11" },
];
for (const options of DATE_OPTIONS) {
  test(`dates ${JSON.stringify(options)}`, () => { const format = new Intl.DateTimeFormat("en-US", options); return DATES.map((date) => format.format(date)); });
  test(`date parts ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat("en-US", options).formatToParts(DATES[2]));
}
for (const options of DATE_OPTIONS.slice(0, 21)) test(`date resolved ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat("en-US", options).resolvedOptions());
each([{}, { dateStyle: "long" }, { timeZone: "UTC" }, { weekday: "long" }], "date methods", (options) => DATES.map((date) => [date.toLocaleString("en-US", options), date.toLocaleDateString("en-US", options)]));
each([{}, { hour12: false }, { hour: "2-digit", minute: "2-digit" }, { timeStyle: "short" }], "time methods", (options) => DATES.map((date) => date.toLocaleTimeString("en-US", options)));
test("date methods by default", () => [DATES[2].toLocaleString(), DATES[2].toLocaleDateString(), DATES[2].toLocaleTimeString()]);
test("invalid dates", () => [new Date(NaN).toLocaleString(), new Date(NaN).toLocaleDateString("en")]);
test("format of an invalid date", () => new Intl.DateTimeFormat("en").format(NaN));
each([{ dateStyle: "x" }, { dateStyle: "short", hour: "numeric" }, { timeZone: "Nowhere/At/All!" }, { timeZone: "+25:00" }, { month: "x" }, { fractionalSecondDigits: 4 }], "date options", (options) => new Intl.DateTimeFormat("en", options).format(0));
test("timeStyle for a date", () => new Date(0).toLocaleDateString("en", { timeStyle: "short" }));
test("Intl called as functions", () => [Intl.NumberFormat("en").format(1.5), Intl.DateTimeFormat("en").format(0), Intl.Collator("en").compare("a", "b")]);

for (const type of ["conjunction", "disjunction", "unit"]) for (const style of ["long", "short", "narrow"]) test(`list ${type} ${style}`, () => [[], ["a"], ["a", "b"], ["a", "b", "c"]].map((list) => new Intl.ListFormat("en", { type, style }).format(list)));
test("list parts", () => new Intl.ListFormat("en").formatToParts(["a", "b", "c"]));
test("list of numbers", () => new Intl.ListFormat("en").format([1]));
for (const numeric of ["always", "auto"]) for (const style of ["long", "short", "narrow"]) for (const unit of ["second", "minute", "hours", "day", "week", "month", "quarter", "years"]) test(`relative ${numeric} ${style} ${unit}`, () => [-2, -1, -0, 0, 1, 2, 1000, 1.5].map((n) => new Intl.RelativeTimeFormat("en", { numeric, style }).format(n, unit)));
test("relative parts", () => [new Intl.RelativeTimeFormat("en").formatToParts(-3, "day"), new Intl.RelativeTimeFormat("en", { numeric: "auto" }).formatToParts(1, "day")]);
test("relative unknown", () => new Intl.RelativeTimeFormat("en").format(1, "x"));
each([{}, { type: "ordinal" }, { minimumFractionDigits: 1 }], "plural", (options) => [0, 1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 101, 111, 1.5, -1, NaN].map((n) => new Intl.PluralRules("en-US", options).select(n)));
test("plural resolved", () => [new Intl.PluralRules("en").resolvedOptions(), new Intl.PluralRules("en", { type: "ordinal" }).resolvedOptions()]);

const WORDS = ["b", "a", "B", "A", "\u00e4", "\u00e9", "e", "z", "Z", "10", "9", "a1", "a10", "a2", "_", "-", " ", "", "ab", "aB", "Ab", "\u00e9a", "ea", "co-op", "coop", "a b", "resume", "r\u00e9sum\u00e9", "Resume", "!", "#", "$"];
for (const options of [{}, { numeric: true }, { sensitivity: "base" }, { caseFirst: "upper" }]) test(`sorted ${JSON.stringify(options)}`, () => [...WORDS].sort(new Intl.Collator("en", options).compare));
each([["a", "b"], ["a", "A"], ["a", "\u00e1"], ["", "a"], ["a", "a"], ["2", "10"], ["\u00df", "ss"], ["a-b", "ab"], ["Z", "a"], ["e\u0301", "\u00e9"]], "compare", ([one, two]) => [one.localeCompare(two), two.localeCompare(one), one.localeCompare(two, undefined, { sensitivity: "base" }), one.localeCompare(two, "en", { numeric: true }), one.localeCompare(two, "en", { sensitivity: "accent" }), one.localeCompare(two, "en", { sensitivity: "case" })]);
each(["abc", "\u00e9\u0301", "\ud83d\udc4d\ud83c\udffd", "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67", "\ud83c\udde9\ud83c\uddea\ud83c\uddeb\ud83c\uddf7", "\r\n", "", "\u0e01\u0e33", "\u1100\u1161\u11a8", "a\u0308b"], "graphemes", (string) => [...new Intl.Segmenter("en").segment(string)].map(({ segment, index }) => [segment, index]));
each(["en-us", "EN", "de-de", "zh-hans-cn", "x-y", "en_US", "", "e", ["en", "EN"], "en-US-u-ca-gregory"], "canonical", (tags) => Intl.getCanonicalLocales(tags));
test("supported", () => [Intl.NumberFormat.supportedLocalesOf(["en-US", "en"]), Intl.DateTimeFormat.supportedLocalesOf([])]);
test("Locale", () => { const locale = new Intl.Locale("en-Latn-US"); return [locale.language, locale.script, locale.region, locale.baseName, `${locale}`]; });
test("locale case", () => ["\u00e4I".toLocaleUpperCase(), "\u00c4I".toLocaleLowerCase("en-US")]);
test("tags", () => [Object.prototype.toString.call(Intl), Object.prototype.toString.call(new Intl.NumberFormat()), Intl.DateTimeFormat().resolvedOptions().timeZone]);
