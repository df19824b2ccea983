// Time zones of the sandbox: UTC and fixed offsets. It has no tables for the others, and a wrong
// hour is worse than an error.
import { notAvailable } from "../core/errors.js";

const UTC = new Set(["utc", "etc/utc", "etc/uct", "gmt", "etc/gmt", "uct", "zulu", "etc/zulu", "universal", "etc/universal", "etc/greenwich", "greenwich", "gmt0", "etc/gmt0", "gmt+0", "gmt-0", "etc/gmt+0", "etc/gmt-0"]);
const OFFSET = /^([+-])(\d\d):?(\d\d)?$/;

/** A zone by its name as `{name, minutes}`; RangeError for an invalid one. */
export function zoneOf(given) {
  if (given === undefined) return { name: "UTC", minutes: 0 };
  const text = `${given}`;
  if (UTC.has(text.toLowerCase())) return { name: "UTC", minutes: 0 };
  const found = OFFSET.exec(text);
  if (found) {
    const [, sign, hours, minutes = "00"] = found;
    if (Number(hours) > 23 || Number(minutes) > 59) throw new RangeError(`Invalid time zone specified: ${text}`);
    const total = Number(hours) * 60 + Number(minutes);
    return { name: `${total === 0 ? "+" : sign}${hours}:${minutes}`, minutes: sign === "-" ? -total : total };
  }
  if (!/^[A-Za-z_+\-\d]+(?:\/[A-Za-z_+\-\d]+)+$/.test(text) && !/^[A-Z]{3,4}(?:\d[A-Z]{3})?$/i.test(text)) {
    throw new RangeError(`Invalid time zone specified: ${text}`);
  }
  throw notAvailable(`the time zone "${text}" is not available in the sandbox: it knows UTC and offsets such as +02:00`);
}

function offsetText({ minutes }, isLong) {
  if (minutes === 0) return "GMT";
  const size = Math.abs(minutes);
  const hours = `${Math.floor(size / 60)}`;
  const rest = `${size % 60}`.padStart(2, "0");
  const short = rest === "00" ? hours : `${hours}:${rest}`;
  return `GMT${minutes < 0 ? "-" : "+"}${isLong ? `${hours.padStart(2, "0")}:${rest}` : short}`;
}

/** The name of a zone, in the requested style. */
export function zoneName(zone, style) {
  if (style === "shortOffset") return offsetText(zone, false);
  if (style === "longOffset") return offsetText(zone, true);
  const isLong = style.startsWith("long");
  if (zone.name !== "UTC") return offsetText(zone, isLong);
  if (style.endsWith("Generic")) return "GMT";
  return isLong ? "Coordinated Universal Time" : "UTC";
}
