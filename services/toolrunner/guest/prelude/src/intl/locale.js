// Intl.Locale.
import { CALENDARS } from "./calendars.js";
import { sectionOf, tableOf } from "./data.js";
import { knowLocales, localeFor, regionOf } from "./negotiate.js";
import { optionsOf } from "./options.js";
import { badLocale, maximized, partsOf, tagOf, withKeywords } from "./tags.js";

const KEYS = { calendar: "ca", caseFirst: "kf", collation: "co", firstDayOfWeek: "fw", hourCycle: "hc", numeric: "kn", numberingSystem: "nu" };
const TYPE = /^[a-z\d]{3,8}(?:-[a-z\d]{3,8})*$/i;
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const VALUES = { caseFirst: ["upper", "lower", "false"], hourCycle: ["h11", "h12", "h23", "h24"] };

function checked(options, name, pattern) {
  if (options[name] === undefined) return undefined;
  const text = `${options[name]}`;
  if (!pattern.test(text)) throw badLocale();
  return text;
}

function keywordOf(name, value) {
  if (name === "numeric") return value ? "" : "false";
  const text = `${value}`;
  if (name === "firstDayOfWeek") return DAYS[Number(text) % 7] ?? text;
  if (VALUES[name] ? !VALUES[name].includes(text) : !TYPE.test(text)) {
    throw VALUES[name] ? new RangeError(`Value ${text} out of range for Intl.Locale options property ${name}`) : badLocale();
  }
  return text.toLowerCase();
}

function partsWith(tag, options) {
  const parts = partsOf(tag);
  const language = checked(options, "language", /^(?:[a-z]{2,3}|[a-z]{5,8})$/i);
  const script = checked(options, "script", /^[a-z]{4}$/i);
  const region = checked(options, "region", /^(?:[a-z]{2}|\d{3})$/i);
  const changed = partsOf(tagOf({ ...parts, language: language ?? parts.language, script: script ?? parts.script, region: region ?? parts.region }));
  const keywords = new Map(parts.unicode?.keywords);
  for (const [name, key] of Object.entries(KEYS)) if (options[name] !== undefined) keywords.set(key, keywordOf(name, options[name]));
  return withKeywords(changed, keywords);
}

const region = (parts) => regionOf(tagOf({ ...parts, unicode: undefined, others: new Map(), privateUse: undefined }));
const unique = (list) => [...new Set(list)];

function hoursOf(parts) {
  const { hours } = tableOf("facts");
  const { preferred } = hours[`${parts.language}_${region(parts)}`] ?? hours[region(parts)] ?? hours["001"];
  return { h: "h12", H: "h23", K: "h11", k: "h24" }[preferred[0]];
}

const RIGHT_TO_LEFT = ["Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"];

export class Locale {
  #parts;
  static #read(value) {
    return typeof value === "object" && value !== null && #parts in value ? tagOf(value.#parts) : undefined;
  }
  static {
    knowLocales((value) => Locale.#read(value));
  }
  constructor(tag, options = undefined) {
    if (typeof tag !== "string" && (typeof tag !== "object" || tag === null)) throw new TypeError("First argument to Intl.Locale constructor can't be empty or missing");
    this.#parts = partsWith(Locale.#read(tag) ?? `${tag}`, optionsOf(options));
  }
  #with(subtags) {
    return new Locale(tagOf({ ...this.#parts, ...subtags }));
  }
  #keyword(key) {
    return this.#parts.unicode?.keywords.get(key);
  }
  maximize() {
    return this.#with(maximized(this.#parts) ?? {});
  }
  minimize() {
    const full = maximized(this.#parts);
    if (full === undefined) return this.#with({});
    const { language, script, region: own } = full;
    const same = (one) => {
      const other = maximized({ language, ...one });
      return other !== undefined && other.language === language && other.script === script && other.region === own;
    };
    const none = { script: undefined, region: undefined };
    const least = [{}, { region: own }, { script }].find(same) ?? { script, region: own };
    return this.#with({ language, ...none, ...least });
  }
  toString() {
    return tagOf(this.#parts);
  }
  get baseName() {
    return tagOf({ ...this.#parts, unicode: undefined, others: new Map(), privateUse: undefined });
  }
  get calendar() {
    return this.#keyword("ca");
  }
  get caseFirst() {
    return this.#keyword("kf");
  }
  get collation() {
    return this.#keyword("co");
  }
  get firstDayOfWeek() {
    return this.#keyword("fw");
  }
  get hourCycle() {
    return this.#keyword("hc");
  }
  get language() {
    return this.#parts.language === "und" ? undefined : this.#parts.language;
  }
  get numberingSystem() {
    return this.#keyword("nu");
  }
  get numeric() {
    const value = this.#keyword("kn");
    return value === "" || value === "true";
  }
  get region() {
    return this.#parts.region;
  }
  get script() {
    return this.#parts.script;
  }
  getCalendars() {
    const own = this.#keyword("ca");
    if (own !== undefined) return [own];
    const { calendars } = tableOf("facts");
    return unique((calendars[region(this.#parts)] ?? calendars["001"]).map((name) => ({ gregorian: "gregory" })[name] ?? name)).filter((name) => name === "chinese" || name === "dangi" || CALENDARS.includes(name) || name.startsWith("islamic"));
  }
  getCollations() {
    const own = this.#keyword("co");
    return own === undefined ? ["emoji", "eor"] : [own];
  }
  getHourCycles() {
    const own = this.#keyword("hc");
    return own === undefined ? [hoursOf(this.#parts)] : [own];
  }
  getNumberingSystems() {
    const own = this.#keyword("nu");
    return own === undefined ? [sectionOf("numbers", localeFor([this.baseName]).name).default] : [own];
  }
  getTextInfo() {
    const script = this.#parts.script ?? maximized(this.#parts)?.script;
    return { direction: RIGHT_TO_LEFT.includes(script) ? "rtl" : "ltr" };
  }
  getTimeZones() {
    const { region: own } = this.#parts;
    if (own === undefined) return undefined;
    const names = Object.values(tableOf("zoneNames")).filter(([, , , at]) => at === own).map(([, , id]) => id);
    return unique(names).sort();
  }
  getWeekInfo() {
    const { weeks } = tableOf("facts");
    const [first, , start, , end] = weeks[region(this.#parts)] ?? weeks["001"];
    const iso = (day) => (day === 1 ? 7 : day - 1);
    const stated = DAYS.indexOf(this.#keyword("fw"));
    const weekend = [];
    for (let day = start; ; day = (day % 7) + 1) {
      weekend.push(iso(day));
      if (day === end) break;
    }
    return { firstDay: stated < 0 ? iso(first) : stated || 7, weekend };
  }
  // What V8 still has from before these became methods.
  get calendars() {
    return this.getCalendars();
  }
  get collations() {
    return this.getCollations();
  }
  get hourCycles() {
    return this.getHourCycles();
  }
  get numberingSystems() {
    return this.getNumberingSystems();
  }
  get textInfo() {
    return this.getTextInfo();
  }
  get timeZones() {
    return this.getTimeZones();
  }
  get weekInfo() {
    return this.getWeekInfo();
  }
}
