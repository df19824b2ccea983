// Reads the `mappings` of a source map (ECMA-426): one walk over the text for all positions that
// are asked for, with no object made for what is passed on the way. A map of a bundle of megabytes
// has a million segments: as arrays they would take more memory than a call has.
import { charCodeAt } from "../core/primordials.js";

/** Numbers of a place that is asked for: line from 1, column from 0. */
export const PLACE = 2;
/** Numbers of an origin: index of the source (-1: none), line and column from 0. */
export const ORIGIN = 3;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const MAX_SHIFT = 30;
const COMMA = 44;
const SEMICOLON = 59;

const digits = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) digits[ALPHABET.charCodeAt(i)] = i;

function passed(origins, index, source, line, column) {
  origins[index * ORIGIN] = source;
  origins[index * ORIGIN + 1] = line;
  origins[index * ORIGIN + 2] = column;
}

/**
 * Finds the origins of `count` places, which must be sorted: `places` and `origins` are Int32Arrays
 * of two and three numbers each; what has no origin gets a source of -1. Throws TypeError for a
 * text that is no `mappings`. No closures in here: what they share is slower to reach.
 */
export function findOrigins(mappings, places, count, origins) {
  const { length } = mappings;
  const numbers = new Float64Array(5); // of the segment now: column, source, line, column, name
  let next = 0; // the first place that has not been passed yet
  let line = 1;
  let field = 0; // which number of the segment comes now
  let value = 0;
  let shift = 0;
  let source = -1; // of the segment before on this line, or -1 when it has none
  let sourceLine = 0;
  let sourceColumn = 0;
  while (next < count && places[next * PLACE] < 1) next++;
  for (let at = 0; at <= length && next < count; at++) {
    const code = at < length ? charCodeAt(mappings, at) : SEMICOLON;
    const digit = digits[code];
    if (digit >= 0) {
      value |= (digit & 31) << shift;
      if (digit < 32) {
        numbers[field++] += value & 1 ? -(value >>> 1) : value >>> 1;
        value = shift = 0;
      } else if ((shift += 5) > MAX_SHIFT) throw new TypeError("a number of the mappings is too large");
      continue;
    }
    if (code !== COMMA && code !== SEMICOLON) throw new TypeError("no mappings");
    if (line === places[next * PLACE] && field > 0) {
      while (next < count && places[next * PLACE] === line && numbers[0] > places[next * PLACE + 1]) {
        passed(origins, next++, source, sourceLine, sourceColumn);
      }
      source = field >= 4 ? numbers[1] : -1;
      sourceLine = numbers[2];
      sourceColumn = numbers[3];
    }
    field = 0;
    if (code === COMMA) continue;
    while (next < count && places[next * PLACE] === line) {
      passed(origins, next++, source, sourceLine, sourceColumn);
    }
    line++;
    numbers[0] = 0;
    source = -1;
  }
}
