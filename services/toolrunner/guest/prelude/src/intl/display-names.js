// Intl.DisplayNames.
import { sectionOf } from "./data.js";
import { localeFor, supportedLocalesOf } from "./negotiate.js";
import { oneOf, strictOptions } from "./options.js";
import { badLocale, partsOf, tagOf } from "./tags.js";

const SERVICE = "Intl.DisplayNames";
const FIELDS = {
  era: "era", year: "year", quarter: "quarter", month: "month", weekOfYear: "week", weekday: "weekday", day: "day", dayPeriod: "dayperiod",
  hour: "hour", minute: "minute", second: "second", timeZoneName: "zone",
};
const bad = (service) => new RangeError(`Invalid argument to ${service}`);

function exactLanguage(tag, { languages, short }, { style, languageDisplay }) {
  const key = tag.replaceAll("-", "_");
  if (key.includes("_") && languageDisplay === "standard") return undefined;
  return (style === "long" ? undefined : short?.[key]) ?? languages?.[key];
}

// The longest leading part of a tag that has a name, then the rest in brackets.
function language(tag, own) {
  const names = sectionOf("languages", own.name);
  const { language: code, script, region, variants } = partsOf(tag);
  // As in ICU, a script and a region together are looked up together or not at all.
  const options = script && region ? [[code, script, region], [code]] : [[code, script, region].filter(Boolean), [code]];
  const found = options.find((list) => exactLanguage(list.join("-"), names, own) !== undefined);
  if (found === undefined) return undefined;
  const rest = [[script, () => scriptName(script, names)], [region, () => regionName(region, own)]].filter(([part]) => part && !found.includes(part));
  const words = [...rest.map(([part, name]) => name() ?? part), ...variants];
  const base = exactLanguage(found.join("-"), names, own);
  if (words.length === 0) return base;
  const { separator = "{0}, {1}", pattern = "{0} ({1})" } = names.patterns ?? {};
  const joined = words.reduce((one, two) => separator.replace("{0}", one).replace("{1}", two));
  return pattern.replace("{0}", base).replace("{1}", joined.replaceAll("(", "[").replaceAll(")", "]"));
}

const scriptName = (code, { scripts }) => scripts?.[code];

function regionName(code, { name, style }) {
  const { regions, short } = sectionOf("regions", name);
  return (style === "long" ? undefined : short?.[code]) ?? regions?.[code];
}

const CODES = {
  language(code) {
    const parts = partsOf(code);
    if (parts.unicode || parts.privateUse || parts.others.size > 0) throw badLocale();
    return tagOf(parts);
  },
  region(code) {
    if (!/^(?:[a-z]{2}|\d{3})$/i.test(code)) throw bad("Intl.DisplayNames.prototype.of");
    return code.toUpperCase();
  },
  script(code) {
    if (!/^[a-z]{4}$/i.test(code)) throw bad("Intl.DisplayNames.prototype.of");
    return code[0].toUpperCase() + code.slice(1).toLowerCase();
  },
  currency(code) {
    if (!/^[a-z]{3}$/i.test(code)) throw bad("Intl.DisplayNames.prototype.of");
    return code.toUpperCase();
  },
  calendar(code) {
    if (!/^[a-z\d]{3,8}(?:-[a-z\d]{3,8})*$/i.test(code)) throw bad("Intl.DisplayNames.prototype.of");
    return code.toLowerCase();
  },
  dateTimeField(code) {
    if (!Object.hasOwn(FIELDS, code)) throw bad("Intl.DisplayNames.prototype.of");
    return code;
  },
};

const currency = (code, { name }) => sectionOf("currencies", name).names?.[code]?.[1];

function calendar(code, { name }) {
  const key = { gregory: "gregorian", ethioaa: "ethiopic-amete-alem" }[code] ?? code;
  return sectionOf("languages", name).calendars?.[key];
}

const NAMES = {
  language, region: regionName, currency, calendar,
  script: (code, { name }) => scriptName(code, sectionOf("languages", name)),
  dateTimeField: (code, { name, style }) => {
    const { fields, shortFields } = sectionOf("gregorian", name);
    return (style === "long" ? undefined : shortFields?.[style]?.[FIELDS[code]]) ?? fields[FIELDS[code]];
  },
};

export class DisplayNames {
  #own;
  constructor(locales, options) {
    if (options === undefined) throw new TypeError("Required option \"type\" must not be undefined");
    const given = strictOptions(options);
    const { tag, name } = localeFor(locales);
    oneOf(given, "localeMatcher", ["lookup", "best fit"], "best fit", SERVICE);
    const style = oneOf(given, "style", ["narrow", "short", "long"], "long", SERVICE);
    const type = oneOf(given, "type", Object.keys(CODES), undefined, SERVICE);
    if (type === undefined) throw new TypeError("Required option \"type\" must not be undefined");
    const fallback = oneOf(given, "fallback", ["code", "none"], "code", SERVICE);
    const languageDisplay = oneOf(given, "languageDisplay", ["dialect", "standard"], "dialect", SERVICE);
    this.#own = { tag, name, style, type, fallback, languageDisplay };
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  of(code) {
    const { type, fallback } = this.#own;
    const canonical = CODES[type](`${code}`);
    return NAMES[type](canonical, this.#own) ?? (fallback === "code" ? canonical : undefined);
  }
  resolvedOptions() {
    const { tag, style, type, fallback, languageDisplay } = this.#own;
    return { locale: tag, style, type, fallback, ...(type === "language" && { languageDisplay }) };
  }
}
