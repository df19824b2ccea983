// Reads before any bundle runs what nearly every call that formats needs: US English, and what other
// locales are unpacked with. Those are read when they are asked for.
import { Collator } from "./collator.js";
import { dictionaryOf, tableOf } from "./data.js";
import { DateTimeFormat } from "./date-time-format.js";
import { ListFormat } from "./list-format.js";
import { NumberFormat } from "./number-format.js";
import { namesByLower } from "./time-zones.js";

const SECTIONS = ["numbers", "gregorian", "calendars", "lists", "relatives", "currencies", "units", "languages", "regions", "zones"];
const DATES = [
  [undefined, undefined, { dateStyle: "short", timeStyle: "short" }],
  [undefined, undefined, { year: "numeric", month: "long", day: "numeric", weekday: "long" }],
];

/** Read the data that the commonest formatters use. */
export function warmed() {
  const date = new Date(0);
  for (const text of [date.toLocaleString(), date.toLocaleDateString(), date.toLocaleTimeString(), (1).toLocaleString(), "a".localeCompare("b")]) void text;
  for (const [required, defaults, options] of DATES) new DateTimeFormat("en-US", options, required, defaults).format(0);
  new NumberFormat("en-US", { style: "currency", currency: "USD" }).format(1);
  new ListFormat("en-US").format([]);
  new Collator("en-US").compare("a", "b");
  for (const section of SECTIONS) dictionaryOf(section);
  for (const table of ["aliases", "likely", "metaZones"]) tableOf(table);
  namesByLower();
}
