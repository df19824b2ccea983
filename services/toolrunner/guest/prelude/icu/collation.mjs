// ICU's collation data: the root's tables, and what locales change in them. The order of each file's
// parts is that of ICU's CollationDataReader.
import { parentsOf } from "./inherit.mjs";

const AT = { options: 1, jamo: 4, codes: 5, table: 6, trie: 7, ces: 9, ce32s: 11, roots: 12, contexts: 13, unsafe: 14, scripts: 16 };
const PUNCTUATION = 1;
const LEFT_OUT = ["unihan"];

function partsOf(file) {
  const bytes = file.subarray(file.readUInt16LE(0));
  const length = bytes.readInt32LE(0);
  const index = (i) => (i < length ? bytes.readInt32LE(4 * i) : undefined);
  const part = (i) => (index(i) === undefined || index(i + 1) === undefined ? Buffer.alloc(0) : bytes.subarray(index(i), index(i + 1)));
  return { bytes, index, part };
}

// The trie's header, its index of 16 bits and its data of 32 bits.
function trieOf(part) {
  if (part.length === 0) return undefined;
  const indexLength = part.readUInt16LE(6);
  const dataLength = part.readUInt16LE(8) << 2;
  const start = 16;
  return {
    high: part.readUInt16LE(14) << 11, index: part.subarray(start, start + 2 * indexLength),
    data: part.subarray(start + 2 * indexLength, start + 2 * indexLength + 4 * dataLength),
  };
}

function lastVariable(scripts) {
  if (scripts.length === 0) return 0;
  const count = scripts.readUInt16LE(0);
  const start = scripts.readUInt16LE(2 * (1 + count + PUNCTUATION));
  const starts = 2 * (1 + count + 16);
  return scripts.readUInt16LE(starts + 2 * (start + 1)) * 0x10000 - 1;
}

function reordering({ part }) {
  const codes = part(AT.codes);
  const all = Array.from({ length: codes.length >> 2 }, (_, i) => codes.readInt32LE(4 * i));
  const ranges = all.filter((code) => (code & 0xffff0000) !== 0);
  return { table: [...part(AT.table)], ranges };
}

/** One file as `{facts, parts}`: parts are bytes, facts the numbers to read them by. */
function collation(file) {
  const parts = partsOf(file);
  const trie = trieOf(parts.part(AT.trie));
  const pieces = [trie?.index, trie?.data, parts.part(AT.ces), parts.part(AT.ce32s), parts.part(AT.contexts)].map((piece) => piece ?? Buffer.alloc(0));
  const options = parts.index(AT.options);
  return {
    facts: {
      options: options & 0xffff, numeric: (options & 0xff000000) >>> 0, jamo: parts.index(AT.jamo), high: trie?.high ?? 0, hasTrie: trie !== undefined,
      lengths: pieces.map((piece) => piece.length), variable: lastVariable(parts.part(AT.scripts)), ...reordering(parts),
    },
    bytes: Buffer.concat(pieces),
  };
}

// Within a language, collations are inherited by name alone: those of Traditional Chinese are with
// Chinese.
function chainOf(read, name) {
  if (name === "root") return [name];
  const parent = name.includes("_") ? name.slice(0, name.lastIndexOf("_")) : parentsOf(read, name)[0] ?? "root";
  return [name, ...chainOf(read, parent)];
}

const text = ({ facts, bytes }) => Buffer.concat([Buffer.from(`${JSON.stringify(facts)}\n`), bytes]);

/** `{root, tailorings, types}`: files as bytes, and by locale the types with what they fall back to. */
export function collations(archive, read, names) {
  const tailorings = {};
  const types = {};
  for (const name of ["root", ...names]) {
    const bundles = chainOf(read, name).map((one) => [one, read("coll/", one)]).filter(([, bundle]) => bundle?.collations);
    const own = read("coll/", name)?.collations;
    for (const [type, table] of Object.entries(own ?? {})) {
      const file = table["%%CollationBin"];
      if (file && !LEFT_OUT.includes(type)) tailorings[`${name}/${type}`] = text(collation(file));
    }
    const standard = bundles.find(([, { collations: table }]) => table.default)?.[1].collations.default ?? "standard";
    const found = {};
    for (const [one, bundle] of [...bundles].reverse()) {
      for (const [type, table] of Object.entries(bundle.collations)) if (table["%%CollationBin"] && !LEFT_OUT.includes(type)) found[type] = one;
    }
    types[name] = { default: standard, found };
  }
  return { root: text(collation(archive.get("coll/ucadata.icu"))), tailorings, types };
}
