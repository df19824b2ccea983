// The options of Intl.DateTimeFormat, resolved for en-US.
import { notAvailable } from "../core/errors.js";
import { localeFor, numberIn, oneOf, optionsOf } from "./locales.js";
import { zoneOf } from "./time-zones.js";

const NUMERIC = ["numeric", "2-digit"];
const TEXT = ["narrow", "short", "long"];
export const FIELDS = {
  weekday: TEXT, era: TEXT, year: NUMERIC, month: [...NUMERIC, ...TEXT], day: NUMERIC, dayPeriod: TEXT,
  hour: NUMERIC, minute: NUMERIC, second: NUMERIC,
};
const DATE_FIELDS = ["weekday", "year", "month", "day"];
const TIME_FIELDS = ["dayPeriod", "hour", "minute", "second", "fractionalSecondDigits"];
const STYLES = ["full", "long", "medium", "short"];
const ZONE_NAMES = ["short", "long", "shortOffset", "longOffset", "shortGeneric", "longGeneric"];
const BY_DATE_STYLE = {
  full: { weekday: "long", month: "long", day: "numeric", year: "numeric" },
  long: { month: "long", day: "numeric", year: "numeric" },
  medium: { month: "short", day: "numeric", year: "numeric" },
  short: { month: "numeric", day: "numeric", year: "2-digit" },
};
const TIME = { hour: "numeric", minute: "2-digit" };
const BY_TIME_STYLE = {
  full: { ...TIME, second: "2-digit", timeZoneName: "long" },
  long: { ...TIME, second: "2-digit", timeZoneName: "short" },
  medium: { ...TIME, second: "2-digit" },
  short: TIME,
};

function cycleOf(given, hasHour) {
  const cycle = oneOf(given, "hourCycle", ["h11", "h12", "h23", "h24"], undefined);
  if (!hasHour) return {};
  const hourCycle = given.hour12 === undefined ? (cycle ?? "h12") : given.hour12 ? "h12" : "h23";
  return { hourCycle, hour12: hourCycle === "h11" || hourCycle === "h12" };
}

function fieldsOf(given) {
  const fields = {};
  for (const [name, values] of Object.entries(FIELDS)) {
    const value = oneOf(given, name, values, undefined);
    if (value !== undefined) fields[name] = value;
    if (name === "second") {
      const digits = numberIn(given, "fractionalSecondDigits", 1, 3, undefined);
      if (digits !== undefined) fields.fractionalSecondDigits = digits;
    }
  }
  const zoneStyle = oneOf(given, "timeZoneName", ZONE_NAMES, undefined);
  if (zoneStyle !== undefined) fields.timeZoneName = zoneStyle;
  return fields;
}

function withDefaults(fields, required, defaults) {
  const has = (names) => names.some((name) => fields[name] !== undefined);
  const needsDate = (required === "date" || required === "any") && has(DATE_FIELDS);
  const needsTime = (required === "time" || required === "any") && has(TIME_FIELDS);
  if (needsDate || needsTime) return fields;
  const date = defaults === "time" ? {} : { year: "numeric", month: "numeric", day: "numeric" };
  const time = defaults === "date" ? {} : { hour: "numeric", minute: "2-digit", second: "2-digit" };
  return { ...date, ...time, ...fields };
}

function styledFields(dateStyle, timeStyle, fields, required) {
  if (Object.keys(fields).length > 0) {
    throw new TypeError(`Can't set option ${Object.keys(fields)[0]} when ${dateStyle ? "dateStyle" : "timeStyle"} is used`);
  }
  if ((required === "date" && timeStyle) || (required === "time" && dateStyle)) {
    throw new TypeError(`Invalid option : ${required === "date" ? "timeStyle" : "dateStyle"}`);
  }
  return { ...(BY_DATE_STYLE[dateStyle] ?? {}), ...(BY_TIME_STYLE[timeStyle] ?? {}) };
}

/** Resolved options as `{locale, zone, fields, cycle, styles}`. */
export function dateOptions(locales, options, required, defaults) {
  const given = optionsOf(options);
  const locale = localeFor(locales, "Intl.DateTimeFormat");
  if (given.calendar !== undefined && !/^greg(?:ory|orian)$/.test(`${given.calendar}`)) {
    throw notAvailable(`the calendar "${given.calendar}" is not available in the sandbox`);
  }
  const zone = zoneOf(given.timeZone);
  const chosen = fieldsOf(given);
  const dateStyle = oneOf(given, "dateStyle", STYLES, undefined);
  const timeStyle = oneOf(given, "timeStyle", STYLES, undefined);
  const isStyled = dateStyle !== undefined || timeStyle !== undefined;
  const fields = isStyled ? styledFields(dateStyle, timeStyle, chosen, required) : withDefaults(chosen, required, defaults);
  const styles = { ...(dateStyle && { dateStyle }), ...(timeStyle && { timeStyle }) };
  return { locale, zone, fields, cycle: cycleOf(given, fields.hour !== undefined), styles };
}
