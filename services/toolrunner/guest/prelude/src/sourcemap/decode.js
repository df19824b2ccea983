// Decodes the needed parts of a source map. The bundle controls all of it, so every field must be
// an own property of the right type.
import {
  binaryFromBase64,
  decodeURIComponent,
  escape,
  getOwn,
  isArray,
  jsonParse,
} from "../core/primordials.js";

const MAX_OFFSET = 2 ** 30;

function own(object, key) {
  if (typeof object !== "object" || object === null) return undefined;
  return getOwn(object, key)?.value;
}

function ownText(object, key) {
  const value = own(object, key);
  return typeof value === "string" ? value : "";
}

// Base64 decodes to one character per byte. JSON syntax is the same in that form, and only the few
// names that are shown are decoded to text: the rest of the map may be megabytes.
function textOf(bytes) {
  try {
    return decodeURIComponent(escape(bytes));
  } catch {
    return bytes;
  }
}

function partOf(map, toText) {
  const mappings = own(map, "mappings");
  const sources = own(map, "sources");
  if (typeof mappings !== "string" || !isArray(sources)) throw new TypeError("no mappings");
  return {
    __proto__: null,
    mappings,
    root: toText(ownText(map, "sourceRoot")),
    source: (index) => toText(ownText(sources, index)),
  };
}

function offsetOf(section) {
  const offset = own(section, "offset");
  const line = own(offset, "line");
  const column = own(offset, "column");
  if (!isCount(line) || !isCount(column)) throw new TypeError("a section without an offset");
  return { __proto__: null, line, column };
}

const isCount = (value) => typeof value === "number" && value >= 0 && value <= MAX_OFFSET && value % 1 === 0;

/**
 * Read a map kept as {text, isBase64}. It has `count` parts, in the order of the program: one, or
 * as many as an index map has sections. `offset(i)` is the {line, column}, from 0, where a part
 * begins; `part(i)` its {mappings, root, source(index)}. Each throws what the engine's decoders
 * throw, and TypeError for an invalid map.
 */
export function decodeMap({ text, isBase64 }) {
  const map = jsonParse(isBase64 ? binaryFromBase64(text) : decodeURIComponent(text));
  const toText = isBase64 ? textOf : (name) => name;
  const sections = own(map, "sections");
  if (sections === undefined) {
    const offset = () => ({ __proto__: null, line: 0, column: 0 });
    return { __proto__: null, count: 1, offset, part: () => partOf(map, toText) };
  }
  if (!isArray(sections)) throw new TypeError("no sections");
  return {
    __proto__: null,
    count: sections.length,
    offset: (index) => offsetOf(own(sections, index)),
    part: (index) => partOf(own(own(sections, index), "map"), toText),
  };
}
