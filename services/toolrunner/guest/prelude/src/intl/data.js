// The data of locales, tables and time zones: compressed chunks (icu/data.mjs makes them), read when
// first needed and kept for the rest of the call or load.
import { jsonParse } from "../core/primordials.js";

let source = { core: { locales: {}, legacy: {}, absent: [] }, chunks: {} };
let inflate = (binary, dictionary) => `${binary}${dictionary}`;
const texts = new Map();
const tables = new Map();
const sections = new Map();

/** Use this data; `inflateText(binary, dictionary)` undoes the compression of a chunk. */
export function useData(data, inflateText) {
  source = data;
  inflate = inflateText;
}

/** The locales by name (`de_AT`) with their parents, the aliases, and the languages left out. */
export const core = () => source.core;

const has = (key) => Object.hasOwn(source.chunks, key);

function textOf(key, dictionary) {
  if (!texts.has(key)) texts.set(key, inflate(source.chunks[key], dictionary));
  return texts.get(key);
}

// Every chunk of a section but root's and English's is compressed against those two.
function changeOf(section, name) {
  const root = textOf(`${section}/root`);
  if (name === "root") return jsonParse(root);
  const english = textOf(`${section}/en`, root);
  return jsonParse(name === "en" ? english : inflate(source.chunks[`${section}/${name}`], root + english));
}

const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A table with changes laid over it; null takes an entry away. */
export function laid(under, over = {}) {
  if (!isTable(under) || !isTable(over)) return over;
  // What the child says comes first: the generator of patterns goes by the order.
  const result = { __proto__: null };
  for (const key of Object.keys(over)) {
    if (over[key] !== null) result[key] = key in under ? laid(under[key], over[key]) : over[key];
  }
  for (const key of Object.keys(under)) if (!(key in over)) result[key] = under[key];
  return result;
}

/** A section of a locale's data, such as `numbers` of `de_AT`. */
export function sectionOf(section, name) {
  const key = `${section}/${name}`;
  if (!sections.has(key)) {
    const parent = name === "root" ? undefined : sectionOf(section, source.core.locales[name] || "root");
    const value = parent === undefined ? laid({}, changeOf(section, "root")) : has(key) ? laid(parent, changeOf(section, name)) : parent;
    sections.set(key, value);
  }
  return sections.get(key);
}

/** A table that belongs to no locale, such as `plurals`. */
export function tableOf(name) {
  if (!tables.has(name)) tables.set(name, jsonParse(textOf(`tables/${name}`)));
  return tables.get(name);
}

/** The transitions of a time zone by the name that has the data. */
export function zoneData(name) {
  return jsonParse(textOf(`tz/${name}`));
}
