// Reads before any bundle runs what nearly every call that formats needs: US English. Other locales
// are read when they are asked for.
import { DateTimeFormat } from "./date-time-format.js";
import { NumberFormat } from "./number-format.js";
import { Collator } from "./collator.js";
import { ListFormat } from "./list-format.js";

/** Read the data that the commonest formatters use. */
export function warmed() {
  new NumberFormat("en-US").format(1);
  new DateTimeFormat("en-US", { dateStyle: "short", timeStyle: "short" }).format(0);
  new ListFormat("en-US").format([]);
  new Collator("en-US").compare("a", "b");
}
