// Time zones: what a name means, and the offset from UTC at a time.
import { tableOf, zoneData } from "./data.js";

const DAY = 86_400_000;
const loaded = new Map();
let byLower;

/** The zones' names by their lower case. */
export function namesByLower() {
  byLower ??= new Map(Object.keys(tableOf("zoneNames")).map((name) => [name.toLowerCase(), name]));
  return byLower;
}

const UTC = { name: "UTC", id: "Etc/UTC", fixed: 0 };
const invalid = (given) => new RangeError(`Invalid time zone specified: ${given}`);

function offsetZone(text) {
  const match = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  const sign = match[1] === "-" && minutes !== 0 ? "-" : "+";
  const two = (number) => `${number}`.padStart(2, "0");
  return { name: `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`, fixed: (sign === "-" ? -1 : 1) * minutes * 60 };
}

/** The zone that a name stands for: `{name, id, fixed}` or `{name, id, link, region}`. */
export function zoneOf(given) {
  if (given === undefined) return UTC;
  const text = `${given}`;
  if (text === "UTC") return UTC;
  const offset = offsetZone(text);
  if (offset !== undefined) return offset;
  const name = namesByLower().get(text.toLowerCase());
  if (name === undefined) throw invalid(text);
  const [link, shown, id, region] = tableOf("zoneNames")[name];
  if (shown === "UTC") return UTC;
  return { name: shown, id, link, region };
}

function historyOf(link) {
  if (!loaded.has(link)) {
    const data = zoneData(link);
    let time = 0;
    const times = data.at === "" ? [] : data.at.split(" ").map((step) => (time += parseInt(step, 36)));
    loaded.set(link, { ...data, times });
  }
  return loaded.get(link);
}

const typeAt = ({ types }, i) => ({ raw: types[2 * i], dst: types[2 * i + 1] });

// The day of a month on which a rule falls, as in ICU's SimpleTimeZone.
function ruleDay(year, month, day, weekday) {
  const first = Date.UTC(year, month, 1);
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const weekdayOf = (date) => ((new Date(first).getUTCDay() + date - 1) % 7) + 1;
  if (weekday === 0) return day;
  if (weekday > 0) {
    if (day > 0) return 1 + ((weekday - weekdayOf(1) + 7) % 7) + 7 * (day - 1);
    return days - ((weekdayOf(days) - weekday + 7) % 7) + 7 * (day + 1);
  }
  const wanted = -weekday;
  if (day > 0) return day + ((wanted - weekdayOf(day) + 7) % 7);
  return -day - ((weekdayOf(-day) - wanted + 7) % 7);
}

function ruleTime(year, [month, day, weekday, seconds, mode], raw, dst) {
  const local = Date.UTC(year, month, ruleDay(year, month, day, weekday)) / 1000 + seconds;
  return local - (mode === 2 ? 0 : mode === 1 ? raw : raw + dst);
}

function byRule({ rule, raw }, seconds) {
  const year = new Date((seconds + raw) * 1000).getUTCFullYear();
  const savings = rule[10];
  const start = ruleTime(year, rule.slice(0, 5), raw, 0);
  const end = ruleTime(year, rule.slice(5, 10), raw, savings);
  const isOn = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
  return { raw, dst: isOn ? savings : 0 };
}

/** Seconds from UTC at a time in milliseconds, as `{raw, dst}`. */
export function offsetsAt(zone, time) {
  if (zone.fixed !== undefined) return { raw: zone.fixed, dst: 0 };
  const history = historyOf(zone.link);
  const seconds = Math.floor(time / 1000);
  if (history.rule && seconds >= Date.UTC(history.from, 0, 1) / 1000 - history.raw) return byRule(history, seconds);
  let [low, high] = [0, history.times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (history.times[middle] <= seconds) low = middle + 1;
    else high = middle;
  }
  return typeAt(history, low === 0 ? 0 : parseInt(history.map[low - 1], 36));
}

/** Whether a zone has daylight saving time within half a year of a time. */
export function nearDaylight(zone, time) {
  if (zone.fixed !== undefined) return false;
  for (let days = -184; days <= 184; days += 8) if (offsetsAt(zone, time + days * DAY).dst !== 0) return true;
  return false;
}
