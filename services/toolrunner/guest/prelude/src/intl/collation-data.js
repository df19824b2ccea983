// Collation elements: what a text is compared by, read from ICU's tables as its CollationIterator
// does. A collation element is three numbers in a row: primary, secondary, case and tertiary.
import { jsonParse } from "../core/primordials.js";
import { lyingAt, tailoring } from "./data.js";
import { UnitsTrie } from "./units-trie.js";

const FALLBACK = 0xc0;
const COMMON = 0x0500;
const TAG = { longPrimary: 1, longSecondary: 2, latin: 4, expansion32: 5, expansion: 6, prefix: 8, contraction: 9, digit: 10, zero: 11, hangul: 12, offset: 14, implicit: 15 };
const { floor } = Math;

function readerOf(byte, start) {
  return {
    u16: (at) => byte(start + at) | (byte(start + at + 1) << 8),
    u32: (at) => (byte(start + at) | (byte(start + at + 1) << 8) | (byte(start + at + 2) << 16) | (byte(start + at + 3) << 24)) >>> 0,
  };
}

// The tables of one file; `byte(i)` reads it.
function tablesOf(byte, base) {
  let end = 0;
  let head = "";
  for (; byte(end) !== 10; end++) head += String.fromCharCode(byte(end));
  const facts = jsonParse(head);
  const { u16, u32 } = readerOf(byte, end + 1);
  const starts = [];
  facts.lengths.reduce((sum, length, i) => ((starts[i] = sum), sum + length), 0);
  const [index, data, ces, ce32s, contexts] = starts;
  const lastData = data + facts.lengths[1] - 16;
  const slot = (i) => u16(index + 2 * i) << 2;
  return {
    ...facts, base,
    ce32(point) {
      if (!facts.hasTrie) return FALLBACK;
      if (point < 0xd800) return u32(data + 4 * (slot(point >> 5) + (point & 31)));
      if (point <= 0xffff) return u32(data + 4 * (slot((point >> 5) + (point <= 0xdbff ? 0x140 : 0)) + (point & 31)));
      if (point >= facts.high) return u32(lastData);
      const block = u16(index + 2 * (0x820 + (point >> 11)));
      return u32(data + 4 * (slot(block + ((point >> 5) & 63)) + (point & 31)));
    },
    ce: (i) => [u32(ces + 8 * i + 4), u32(ces + 8 * i)],
    listed: (i) => u32(ce32s + 4 * i),
    context: (i) => u16(contexts + 2 * i) * 0x10000 + u16(contexts + 2 * i + 2),
    trie: (i) => new UnitsTrie((at) => u16(contexts + 2 * at), i + 2),
  };
}

let root;

/** The root's tables. */
export function rootTables() {
  if (root === undefined) {
    const { bytes, start } = lyingAt("collation/root");
    root = tablesOf((i) => bytes[start + i], undefined);
  }
  return root;
}

/** The tables of a locale's collation, over the root's. */
export function tailored(name, type) {
  const bytes = tailoring(name, type);
  const tables = tablesOf((i) => bytes[i], rootTables());
  return { ...tables, variable: rootTables().variable, numeric: tables.numeric || rootTables().numeric };
}

function offsetPrimary(point, [primary, lower]) {
  const isCompressible = (lower & 0x80) !== 0;
  let offset = (point - (lower >>> 8)) * (lower & 0x7f) + ((primary >>> 8) & 0xff) - 2;
  let result = ((offset % 254) + 2) << 8;
  offset = floor(offset / 254);
  const [least, count] = isCompressible ? [4, 251] : [2, 254];
  offset += ((primary >>> 16) & 0xff) - least;
  result |= ((offset % count) + least) << 16;
  return (result + (primary & 0xff000000) + (floor(offset / count) << 24)) >>> 0;
}

function implicitPrimary(point) {
  let rest = point + 1;
  let primary = 2 + (rest % 18) * 14;
  rest = floor(rest / 18);
  primary |= (2 + (rest % 254)) << 8;
  rest = floor(rest / 254);
  return (primary | ((4 + (rest % 251)) << 16) | 0xfe000000) >>> 0;
}

/** The collation elements of a text in these tables, as one flat list of numbers. */
export class Elements {
  constructor(tables, isNumeric) {
    Object.assign(this, { tables, isNumeric, list: [], points: [], at: 0 });
  }
  of(text) {
    this.list = [];
    this.points = Array.from(text, (character) => character.codePointAt(0));
    this.at = 0;
    while (this.at < this.points.length) {
      const point = this.points[this.at++];
      this.#append(point, this.tables, this.tables.ce32(point));
    }
    return this.list;
  }
  #push(primary, lower) {
    if (primary !== 0 || lower !== 0) this.list.push(primary >>> 0, lower >>> 16, lower & 0xffff);
  }
  #simple(ce32) {
    this.#push(ce32 & 0xffff0000, (((ce32 & 0xff00) << 16) | ((ce32 & 0xff) << 8)) >>> 0);
  }
  #append(point, tables, ce32) {
    if ((ce32 & 0xff) < 0xc0) return this.#simple(ce32);
    const index = ce32 >>> 13;
    const length = (ce32 >>> 8) & 31;
    switch (ce32 & 15) {
      case 0:
        return tables.base ? this.#append(point, tables.base, tables.base.ce32(point)) : undefined;
      case TAG.longPrimary:
        return this.#push(ce32 & 0xffffff00, 0x05000500);
      case TAG.longSecondary:
        return this.#push(0, (ce32 & 0xffffff00) >>> 0);
      case TAG.latin:
        this.#push(ce32 & 0xff000000, (0x05000000 | ((ce32 & 0xff0000) >>> 8)) >>> 0);
        return this.#push(0, (((ce32 & 0xff00) << 16) | COMMON) >>> 0);
      case TAG.expansion32:
        for (let i = 0; i < length; i++) this.#append(point, tables, tables.listed(index + i));
        return undefined;
      case TAG.expansion:
        for (let i = 0; i < length; i++) this.#push(...tables.ce(index + i));
        return undefined;
      case TAG.prefix:
        return this.#append(point, tables, this.#afterPrefix(tables, index));
      case TAG.contraction:
        return this.#append(point, tables, this.#contracted(tables, index));
      case TAG.digit:
        return this.isNumeric ? this.#number((ce32 >>> 8) & 15) : this.#append(point, tables, tables.listed(index));
      case TAG.zero:
        return this.#append(point, tables, tables.listed(0));
      case TAG.hangul:
        return this.#hangul(point, tables);
      case TAG.offset:
        return this.#push(offsetPrimary(point, tables.ce(index)), 0x05000500);
      default:
        return this.#push(implicitPrimary(point), 0x05000500);
    }
  }
  #afterPrefix(tables, index) {
    const trie = tables.trie(index);
    let found = tables.context(index);
    for (let i = this.at - 2; i >= 0 && trie.stepPoint(this.points[i]); i--) found = trie.value ?? found;
    return found;
  }
  // The longest sequence that follows, then marks further on that are not blocked.
  #contracted(tables, index) {
    let trie = tables.trie(index);
    let found = tables.context(index);
    let best = this.at;
    let state = trie.copy();
    let i = this.at;
    for (; i < this.points.length; i++) {
      const next = state.copy();
      if (!next.stepPoint(this.points[i])) break;
      state = next;
      if (state.value !== undefined) {
        [found, best] = [state.value, i + 1];
        trie = state.copy();
      }
    }
    this.at = best;
    return this.#discontiguous(trie, found);
  }
  #discontiguous(trie, start) {
    let [state, found] = [trie, start];
    let skipped = "";
    for (let i = this.at; i < this.points.length; i++) {
      const mark = String.fromCodePoint(this.points[i]);
      if (!/^\p{M}$/u.test(mark)) break;
      const next = state.copy();
      // A mark of a class that was skipped before is blocked: the two do not change places.
      const isFree = skipped === "" || `a${skipped}${mark}`.normalize("NFD") !== `a${skipped}${mark}` || `a${mark}${skipped}`.normalize("NFD") === `a${skipped}${mark}`;
      if (isFree && next.stepPoint(this.points[i]) && next.value !== undefined && skipped !== "") {
        [state, found] = [next, next.value];
        this.points.splice(i--, 1);
      } else skipped += mark;
    }
    return found;
  }
  #hangul(point, tables) {
    const syllable = point - 0xac00;
    const [lead, vowel, tail] = [floor(syllable / 588), floor((syllable % 588) / 28), syllable % 28];
    const owner = tables.jamo >= 0 && tables.jamo !== undefined ? tables : tables.base ?? tables;
    for (const i of [lead, 19 + vowel, ...(tail === 0 ? [] : [39 + tail])]) this.#append(point, owner, owner.listed(owner.jamo + i));
  }
  // A run of digits: how many there are without leading zeros, then the digits.
  #number(first) {
    let digits = `${first}`;
    for (; this.at < this.points.length; this.at++) {
      const digit = this.#digitAt(this.points[this.at]);
      if (digit === undefined) break;
      digits += digit;
    }
    const plain = digits.replace(/^0+(?=.)/, "");
    const { numeric } = this.tables;
    this.#push(numeric + Math.min(plain.length, 0xffff) + 1, 0x05000500);
    for (let i = 0; i < plain.length; i += 6) this.list.push(numeric + Number(plain.slice(i, i + 6).padEnd(6, "0")) + 1, 0, 0);
  }
  #digitAt(point) {
    let { tables } = this;
    let ce32 = tables.ce32(point);
    while (ce32 === FALLBACK && tables.base) {
      tables = tables.base;
      ce32 = tables.ce32(point);
    }
    return (ce32 & 0xff) >= 0xc0 && (ce32 & 15) === TAG.digit ? (ce32 >>> 8) & 15 : undefined;
  }
}
