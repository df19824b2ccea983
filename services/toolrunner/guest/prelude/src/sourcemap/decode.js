// From the text of a source map to what is needed of it. All of it is the bundle's to write: every
// field is looked at as its own property and by its type.
import {
  binaryFromBase64,
  decodeURIComponent,
  escape,
  getOwn,
  isArray,
  jsonParse,
} from "../core/primordials.js";

function own(object, key) {
  if (typeof object !== "object" || object === null) return undefined;
  return getOwn(object, key)?.value;
}

function ownText(object, key) {
  const value = own(object, key);
  return typeof value === "string" ? value : "";
}

// Base64 gives one character for each byte. JSON's own marks are the same in that form, and only
// the few names that are shown are turned into text: the rest of the map may be megabytes.
function textOf(bytes) {
  try {
    return decodeURIComponent(escape(bytes));
  } catch {
    return bytes;
  }
}

/**
 * Read a map kept as {text, isBase64}: {mappings, root, source(index)}. Throws what the engine's
 * decoders throw, and TypeError when it has no mappings of its own.
 */
export function decodeMap({ text, isBase64 }) {
  const map = jsonParse(isBase64 ? binaryFromBase64(text) : decodeURIComponent(text));
  const toText = isBase64 ? textOf : (name) => name;
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
