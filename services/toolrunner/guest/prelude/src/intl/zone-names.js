// What a time zone is called in a language, as ICU's TimeZoneFormat chooses it.
import { sectionOf, tableOf } from "./data.js";
import { nearDaylight, offsetsAt, zoneOf } from "./time-zones.js";

const NONE = "∅∅∅";
const keyOf = (id) => id.replaceAll("/", ":");

function gmt(strings, seconds, isShort, digits) {
  const [positive, negative] = strings.hourFormat.split(";");
  const all = Math.abs(seconds);
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (number) => `${number}`.padStart(2, "0");
  const separator = /H+([^Hm]+)m/.exec(positive)?.[1] ?? ":";
  const hasMinutes = !isShort || minutes !== 0 || rest !== 0;
  let clock = isShort ? `${hours}` : two(hours);
  if (hasMinutes) clock += separator + two(minutes);
  if (rest !== 0) clock += separator + two(rest);
  // Hours alone take nothing of what follows the minutes.
  const shown = (seconds < 0 ? negative : positive).replace(hasMinutes ? /H+[^Hm]*m+/ : /H+.*/, clock);
  return strings.gmtFormat.replace("{0}", digits(shown));
}

function metaAt(id, time) {
  const periods = tableOf("metaZones").metas[id];
  const minutes = time / 60_000;
  // The history of names begins in 1970.
  return periods?.find(([, from = 0, to = Infinity]) => minutes >= from && minutes < to)?.[0];
}

const real = (name) => (name === NONE || name === undefined ? "" : name);

function named(strings, id, key, time) {
  const own = real(strings[keyOf(id)]?.[key]);
  if (own !== "") return own;
  const meta = metaAt(id, time);
  return meta === undefined ? "" : real(strings[`meta:${meta}`]?.[key]);
}

function city(strings, id) {
  return real(strings[keyOf(id)]?.ec) || id.slice(id.lastIndexOf("/") + 1).replaceAll("_", " ");
}

// Whether the zone is its region's only one, or its main one.
function isMain(zone) {
  const table = tableOf("metaZones");
  if (table.primary[zone.region] !== undefined) return table.primary[zone.region] === zone.id;
  const ids = new Set();
  for (const [, , id, region] of Object.values(tableOf("zoneNames"))) if (region === zone.region) ids.add(id);
  return ids.size === 1;
}

function location(strings, zone, locale) {
  if (zone.region === undefined || zone.region === "001") return "";
  const place = isMain(zone) ? sectionOf("regions", locale).regions?.[zone.region] ?? zone.region : city(strings, zone.id);
  return strings.regionFormat.replace("{0}", place);
}

function partial(strings, zone, meta, name, locale) {
  const table = tableOf("metaZones").golden[meta] ?? {};
  const region = zone.region;
  const isGoldenOfRegion = region !== undefined && table[region] === zone.id;
  const place = isGoldenOfRegion ? sectionOf("regions", locale).regions?.[region] ?? region : city(strings, zone.id);
  return strings.fallbackFormat.replace("{1}", name).replace("{0}", place);
}

function generic(strings, zone, isLong, time, locale, region) {
  const key = isLong ? "lg" : "sg";
  const own = real(strings[keyOf(zone.id)]?.[key]);
  if (own !== "") return own;
  const meta = metaAt(zone.id, time);
  if (meta === undefined) return "";
  const metaName = real(strings[`meta:${meta}`]?.[key]);
  const here = offsetsAt(zone, time);
  if (here.dst === 0 && !nearDaylight(zone, time)) {
    const standard = named(strings, zone.id, isLong ? "ls" : "ss", time);
    if (standard !== "" && standard.toLowerCase() !== metaName.toLowerCase()) return standard;
  }
  if (metaName === "") return "";
  const golden = tableOf("metaZones").golden[meta] ?? {};
  const goldenId = golden[region] ?? golden["001"];
  if (goldenId === undefined || goldenId === zone.id) return metaName;
  const there = offsetsAt(zoneOf(goldenId), time);
  return there.raw === here.raw && there.dst === here.dst ? metaName : partial(strings, zone, meta, metaName, locale);
}

/** The name of a zone at a time; `style` is an option's value such as `shortOffset`. */
export function zoneName({ zone, time, style, locale, region, digits }) {
  const strings = sectionOf("zones", locale);
  const { raw, dst } = offsetsAt(zone, time);
  const isLong = style.startsWith("long");
  const offset = () => gmt(strings, raw + dst, !isLong, digits);
  if (style.endsWith("Offset") || zone.id === undefined) return offset();
  if (style.endsWith("Generic")) {
    return generic(strings, zone, isLong, time, locale, region) || location(strings, zone, locale) || offset();
  }
  return named(strings, zone.id, (isLong ? "l" : "s") + (dst === 0 ? "s" : "d"), time) || offset();
}
