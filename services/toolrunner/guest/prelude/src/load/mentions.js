// Whether a program may ask for node:fs later than while it loads.
import { placesOf } from "./scan.js";

// As bundlers write it; one search, since each takes its time.
const WORD = 'fs"';
const MODULES = ["fs", "fs/promises", "node:fs", "node:fs/promises"];

// A word such as "prefs" is no specifier.
function isSpecifier(source, at) {
  const begin = source.startsWith("node:", at - 5) ? at - 5 : at;
  return begin > 0 && source[begin - 1] === '"';
}

/** Whether `source` has the string "fs" or "node:fs", or imports that by a name in `wanted`. */
export function mentionsFiles(source, wanted) {
  if (MODULES.some((name) => wanted.has(name))) return true;
  for (const at of placesOf(source, WORD)) if (isSpecifier(source, at)) return true;
  return false;
}
