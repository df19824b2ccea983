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

/**
 * Finds the origins of `count` places, which must be sorted: `places` and `origins` are Int32Arrays
 * of two and three numbers each. What has no origin keeps what `origins` held. Throws TypeError
 * for a text that is no `mappings`.
 */
export function findOrigins(mappings, places, count, origins) {
  const { length } = mappings;
  let next = 0; // the first place that has not been passed yet
  let line = 1;
  let field = 0; // which number of the segment comes now
  let value = 0;
  let shift = 0;
  let column = 0;
  let source = 0;
  let sourceLine = 0;
  let sourceColumn = 0;
  let found = -1; // of the segment before: its source, or -1 when it has none
  let foundLine = 0;
  let foundColumn = 0;

  function pass() {
    if (found >= 0) {
      origins[next * ORIGIN] = found;
      origins[next * ORIGIN + 1] = foundLine;
      origins[next * ORIGIN + 2] = foundColumn;
    }
    next++;
  }

  for (let at = 0; at <= length && next < count; at++) {
    const code = at < length ? charCodeAt(mappings, at) : SEMICOLON;
    const digit = code < 128 ? digits[code] : -1;
    if (digit >= 0) {
      value |= (digit & 31) << shift;
      shift += 5;
      if (digit >= 32) {
        if (shift > MAX_SHIFT) throw new TypeError("a number of the mappings is too large");
        continue;
      }
      const delta = value & 1 ? -(value >>> 1) : value >>> 1;
      if (field === 0) column += delta;
      else if (field === 1) source += delta;
      else if (field === 2) sourceLine += delta;
      else if (field === 3) sourceColumn += delta;
      field++;
      value = shift = 0;
      continue;
    }
    if (code !== COMMA && code !== SEMICOLON) throw new TypeError("the mappings hold another character");
    if (field > 0) {
      while (next < count && places[next * PLACE] === line && column > places[next * PLACE + 1]) pass();
      found = field >= 4 ? source : -1;
      foundLine = sourceLine;
      foundColumn = sourceColumn;
      field = 0;
    }
    if (code === SEMICOLON) {
      while (next < count && places[next * PLACE] === line) pass();
      line++;
      column = 0;
      found = -1;
    }
  }
}
