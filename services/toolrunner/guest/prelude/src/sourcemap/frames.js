// Places of the bundle in a text of frames: found, sorted, and put back as places of the sources.
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

/** Origins of places in any order: `origins` as findOrigins fills it, one for each place. */
function originsOf(mappings, places, count) {
  const order = sortedOrder(places, count);
  const sorted = new Int32Array(MAX_PLACES * PLACE);
  for (let i = 0; i < count * PLACE; i++) sorted[i] = places[order[i >> 1] * PLACE + (i & 1)];
  const found = new Int32Array(MAX_PLACES * ORIGIN).fill(-1);
  findOrigins(mappings, sorted, count, found);
  const origins = new Int32Array(MAX_PLACES * ORIGIN).fill(-1);
  for (let i = 0; i < count * ORIGIN; i++) origins[order[(i / ORIGIN) | 0] * ORIGIN + (i % ORIGIN)] = found[i];
  return origins;
}

/**
 * The text with each frame's place in the bundle replaced by its origin under the map's `mappings`;
 * `nameOf(source)` names a source; `lineOf` and `columnOf(line, column)` give what the map counts.
 */
export function mapFrames(text, mappings, nameOf, lineOf, columnOf) {
  const { places, count } = placesIn(text, lineOf, columnOf);
  if (count === 0) return text;
  const origins = originsOf(mappings, places, count);
  let result = "";
  let next = 0;
  eachLine(text, (line, frame, hasBreak) => {
    const at = frame === null || next === count ? -1 : ORIGIN * next++;
    const name = at < 0 || origins[at] < 0 ? "" : nameOf(origins[at]);
    const isSound = name !== "" && origins[at + 1] >= 0 && origins[at + 2] >= 0;
    const place = isSound ? name + ":" + (origins[at + 1] + 1) + ":" + (origins[at + 2] + 1) : "";
    result += (isSound ? frame[1] + place + frame[4] : line) + (hasBreak ? "\n" : "");
  });
  return result;
}
