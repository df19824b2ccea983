// Whether a program may ask for node:fs, wherever in its text.
import { contains, placesOf } from "./scan.js";

const QUOTES = "\"'`";

// A word such as "prefs" in quotes is no specifier.
function isSpecifier(source, at) {
  const begin = source.startsWith("node:", at - 5) ? at - 5 : at;
  return begin > 0 && QUOTES.includes(source[begin - 1]);
}

function mentions(source, word) {
  for (const at of placesOf(source, word)) if (isSpecifier(source, at)) return true;
  return false;
}

/** Whether a string of `source` is "fs" or "fs/promises", with or without "node:". */
export function mentionsFiles(source) {
  return ['fs"', "fs'", "fs/promises"].some((word) => contains(source, word) && mentions(source, word));
}
