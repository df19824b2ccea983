// Reads the `mappings` of a source map (ECMA-426): one pass over the text for all requested
// positions, without allocating objects for the rest. A map of a bundle of megabytes has a million
// segments: as arrays, they would take more memory than a call has.
import { charCodeAt } from "../core/primordials.js";

/** Numbers of a requested place: line from 1, column from 0. */
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
 * of two and three numbers each; a place without an origin gets source -1. Throws TypeError for
 * invalid `mappings`. No closures here: captured variables are slower.
 */
export function findOrigins(mappings, places, count, origins) {
  const { length } = mappings;
  const numbers = new Float64Array(5); // of the current segment: column, source, line, column, name
  let next = 0; // the first place not reached yet
  let line = 1;
  let field = 0; // index of the current number in the segment
  let value = 0;
  let shift = 0;
  let source = -1; // of the previous segment on this line, or -1 if it has none
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
      } else if ((shift += 5) > MAX_SHIFT) throw new TypeError("a number in the mappings is too large");
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
