// The data of locales, tables and time zones: compressed chunks (icu/data.mjs makes them), read when
// first needed and kept for the rest of the call or load.
import { decodeURIComponent, escape, hasOwn, jsonParse } from "../core/primordials.js";
import { lengthOf, startOf } from "../packed/places.js";

let source = { core: { locales: {}, legacy: {} }, places: {}, bytes: new Uint8Array() };
let inflateBytes = () => new Uint8Array();
const dictionaries = new Map();
const tables = new Map();
const sections = new Map();

/** Use this data; `inflate(bytes, dictionary)` undoes the compression of a chunk. */
export function useData(data, inflate) {
  source = data;
  inflateBytes = inflate;
}

/** The locales by name (`de_AT`) with their parents, the aliases. */
export const core = () => source.core;

const has = (key) => hasOwn(source.places, key);

function inflate(key, dictionary) {
  const place = source.places[key];
  const start = startOf(place);
  const bytes = new Uint8Array(lengthOf(place));
  for (let i = 0; i < bytes.length; i++) bytes[i] = source.bytes[start + i];
  return inflateBytes(bytes, dictionary);
}

const AT_ONCE = 8192;
const { fromCharCode } = String;
const { apply } = Reflect;

function decoded(bytes) {
  let binary = "";
  for (let i = 0; i < bytes.length; i += AT_ONCE) binary += apply(fromCharCode, undefined, bytes.subarray(i, i + AT_ONCE));
  return decodeURIComponent(escape(binary));
}

// Every chunk of a section but root's is compressed against root's, or root's and English's.
function bytesOf(section, name) {
  if (name === "root") return dictionaryOf(section).root;
  return inflate(`${section}/${name}`, name === "en" ? dictionaryOf(section).root : dictionaryOf(section).both);
}

/** What the chunks of a section are compressed against, as bytes. */
export function dictionaryOf(section) {
  if (!dictionaries.has(section)) {
    const root = inflate(`${section}/root`);
    const english = inflate(`${section}/en`, root);
    const both = new Uint8Array(root.length + english.length);
    both.set(root);
    both.set(english, root.length);
    dictionaries.set(section, { root, both });
  }
  return dictionaries.get(section);
}

const changeOf = (section, name) => jsonParse(decoded(bytesOf(section, name)));

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
  if (!tables.has(name)) tables.set(name, jsonParse(decoded(inflate(`tables/${name}`))));
  return tables.get(name);
}

/** Where a chunk lies that is not compressed, such as the root's collation, as `{bytes, start}`. */
export const lyingAt = (key) => ({ bytes: source.bytes, start: startOf(source.places[key]) });

/** The bytes of a locale's changes to the root's collation. */
export const tailoring = (name, type) => inflate(`collation/${name}/${type}`);

/** The transitions of a time zone by the name that has the data. */
export function zoneData(name) {
  return jsonParse(decoded(inflate(`tz/${name}`)));
}
