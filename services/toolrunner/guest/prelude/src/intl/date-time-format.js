// Intl.DateTimeFormat.
import { fieldText, momentOf, partName } from "./date-fields.js";
import { dateSettings, shownFields } from "./date-options.js";
import { rangeParts } from "./date-range.js";
import { supportedLocalesOf } from "./negotiate.js";

const NARROW_SPACE = "\u202f";
const whole = (parts) => parts.map((part) => part.value).join("");
// As in V8, the narrow space before AM and PM is a plain one in whole texts, and only there.
const joined = (parts) => whole(parts).replaceAll(NARROW_SPACE, " ");

function timeOf(value) {
  const time = value === undefined ? Date.now() : Number(value);
  if (!(Math.abs(time) <= 8.64e15)) throw new RangeError("Invalid time value");
  return Math.trunc(time) + 0;
}

/** The parts of a moment in a pattern's items; neighbouring literals are one. */
export function partsIn(items, moment, own) {
  const parts = [];
  for (const { letter, length, text } of items) {
    const value = text ?? fieldText(letter, length, moment, own);
    const type = text === undefined ? partName(letter) : "literal";
    if (value === "") continue;
    if (type === "literal" && parts.at(-1)?.type === "literal") parts.at(-1).value += value;
    else parts.push({ type, value });
  }
  return parts;
}

export class DateTimeFormat {
  #own;
  #format;
  constructor(locales, options, required = "any", defaults = "date") {
    this.#own = dateSettings(locales, options, required, defaults);
  }
  static supportedLocalesOf(locales, options = undefined) {
    return supportedLocalesOf(locales, options);
  }
  get format() {
    const own = this.#own;
    this.#format ??= (0, (date) => joined(partsIn(own.items, momentOf(timeOf(date), own), own)));
    return this.#format;
  }
  formatToParts(date) {
    return partsIn(this.#own.items, momentOf(timeOf(date), this.#own), this.#own);
  }
  formatRange(start, end) {
    const parts = this.#range(start, end);
    return parts.every((part) => part.source === "shared") ? joined(parts) : whole(parts);
  }
  formatRangeToParts(start, end) {
    return this.#range(start, end);
  }
  #range(start, end) {
    const own = this.#own;
    if (start === undefined || end === undefined) throw new TypeError("startDate or endDate cannot be undefined");
    return rangeParts(timeOf(start), timeOf(end), own);
  }
  resolvedOptions() {
    const { tag, calendar, numerals, zone, pattern, styles, isStyled, cycle, fields } = this.#own;
    const shown = shownFields(pattern);
    if (shown.era === "short" && fields?.era === undefined) delete shown.era; // the calendar shows it by itself
    const hasHour = isStyled ? styles.timeStyle !== undefined : fields.hour !== undefined;
    const hours = !hasHour ? {} : { hourCycle: cycle, hour12: cycle === "h11" || cycle === "h12" };
    return { locale: tag, calendar, numberingSystem: numerals.name, timeZone: zone.name, ...hours, ...(isStyled ? styles : shown) };
  }
}
