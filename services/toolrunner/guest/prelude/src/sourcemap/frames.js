// Finds positions of the bundle in a stack, and replaces them with positions in the sources.
import { exec, indexOf, slice } from "../core/primordials.js";
import { findOrigins, ORIGIN, PLACE } from "./mappings.js";

const MAX_PLACES = 128;
const FRAME = /^( *at (?:[^]*\()?)bundle\.js:(\d{1,9}):(\d{1,9})(\)?[ {,]*)$/;

/** Calls `visit(line, frame)` for each line; `frame` is the match of a frame of the bundle or null. */
function eachLine(text, visit) {
  for (let from = 0; from <= text.length; ) {
    const found = indexOf(text, "\n", from);
    const end = found < 0 ? text.length : found;
    const line = slice(text, from, end);
    visit(line, exec(FRAME, line), end < text.length);
    from = end + 1;
  }
}

const isAfter = (places, a, b) =>
  places[a * PLACE] > places[b * PLACE] ||
  (places[a * PLACE] === places[b * PLACE] && places[a * PLACE + 1] > places[b * PLACE + 1]);

// Positions of the places in their order, by insertion: there are few.
function sortedOrder(places, count) {
  const order = new Uint8Array(MAX_PLACES);
  for (let i = 0; i < count; i++) {
    let at = i;
    for (; at > 0 && isAfter(places, order[at - 1], i); at--) order[at] = order[at - 1];
    order[at] = i;
  }
  return order;
}

function placesIn(text, lineOf, columnOf) {
  const places = new Int32Array(MAX_PLACES * PLACE);
  let count = 0;
  eachLine(text, (line, frame) => {
    if (frame === null || count === MAX_PLACES) return;
    places[count * PLACE] = lineOf(+frame[2]);
    places[count * PLACE + 1] = columnOf(+frame[2], +frame[3]) - 1;
    count++;
  });
  return { __proto__: null, places, count };
}

/**
 * Fills `origins`, three numbers per place, for the places in `order` from `first` to `end`, which
 * are all in the part of the map that starts at `offset`.
 */
function findOriginsOf(mappings, offset, places, order, first, end, origins) {
  const sorted = new Int32Array(MAX_PLACES * PLACE);
  for (let i = first; i < end; i++) {
    const line = places[order[i] * PLACE] - offset.line;
    sorted[(i - first) * PLACE] = line;
    sorted[(i - first) * PLACE + 1] = places[order[i] * PLACE + 1] - (line === 1 ? offset.column : 0);
  }
  const found = new Int32Array(MAX_PLACES * ORIGIN).fill(-1);
  findOrigins(mappings, sorted, end - first, found);
  for (let i = first; i < end; i++) {
    for (let n = 0; n < ORIGIN; n++) origins[order[i] * ORIGIN + n] = found[(i - first) * ORIGIN + n];
  }
}

const isBefore = (places, at, offset) =>
  places[at * PLACE] - 1 < offset.line ||
  (places[at * PLACE] - 1 === offset.line && places[at * PLACE + 1] < offset.column);

/**
 * Origins of places, in any order, under a map from decodeMap, and the part of each. A part reaches
 * to the start of the next one; only parts that contain a place are read. Throws TypeError when
 * parts are not in program order.
 */
function originsOf(map, places, count) {
  const order = sortedOrder(places, count);
  const origins = new Int32Array(MAX_PLACES * ORIGIN).fill(-1);
  const parts = new Int32Array(MAX_PLACES).fill(-1);
  let next = 0; // the first place not assigned to a part yet
  let offset = map.count > 0 ? map.offset(0) : null;
  while (next < count && offset !== null && isBefore(places, order[next], offset)) next++;
  for (let i = 0; i < map.count && next < count; i++) {
    const following = i + 1 < map.count ? map.offset(i + 1) : null;
    if (following !== null && isBackwards(offset, following)) throw new TypeError("sections out of order");
    let end = next;
    while (end < count && (following === null || isBefore(places, order[end], following))) parts[order[end++]] = i;
    if (end > next) findOriginsOf(map.part(i).mappings, offset, places, order, next, end, origins);
    next = end;
    offset = following;
  }
  return { __proto__: null, origins, parts };
}

const isBackwards = (a, b) => b.line < a.line || (b.line === a.line && b.column < a.column);

/**
 * The text with each frame's place in the bundle replaced by its origin under the map;
 * `nameOf(part, source)` names a source; `lineOf` and `columnOf(line, column)` give what the map counts.
 */
export function mapFrames(text, map, nameOf, lineOf, columnOf) {
  const { places, count } = placesIn(text, lineOf, columnOf);
  if (count === 0) return text;
  const { origins, parts } = originsOf(map, places, count);
  let result = "";
  let next = 0;
  eachLine(text, (line, frame, hasBreak) => {
    const place = frame === null || next === count ? -1 : next++;
    const at = place * ORIGIN;
    const name = place < 0 || origins[at] < 0 ? "" : nameOf(parts[place], origins[at]);
    const isSound = name !== "" && origins[at + 1] >= 0 && origins[at + 2] >= 0;
    const shown = isSound ? name + ":" + (origins[at + 1] + 1) + ":" + (origins[at + 2] + 1) : "";
    result += (isSound ? frame[1] + shown + frame[4] : line) + (hasBreak ? "\n" : "");
  });
  return result;
}
