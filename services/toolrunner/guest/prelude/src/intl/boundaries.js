// Boundaries in texts by ICU's rules (icu/breaks.mjs): a table of states, and the category of each code point.
// Every step reads one code point, and no rule reads far ahead, so that the cost is linear.
import { lyingAt } from "./data.js";

const [STOP, END_OF_TEXT] = [0, 1];
// Behind what a row says of its state: whether the text up to here may be a segment, and of which status.
const NEXT = 2;
const HEADER = 4;
const BLOCK = 128;
const BLOCKS = 0x110000 / BLOCK;

// Where the parts of the rules lie; they are read there, since to copy them would take as long as most texts.
function rulesOf(name) {
  const { bytes, start } = lyingAt(`breaks/${name}`);
  const [width, dictionary, first, count] = bytes.subarray(start, start + HEADER);
  const states = start + HEADER;
  const blocks = states + width * count;
  return { bytes, width, dictionary, first, states, blocks, categories: blocks + BLOCKS };
}

const categoryAt = ({ bytes, blocks, categories }, code) => bytes[categories + bytes[blocks + (code >> 7)] * BLOCK + (code & 127)];

// The segment that begins at `start`: its end, its status, and whether ICU would ask a dictionary about it.
function segmentFrom(text, start, rules) {
  const { bytes, width, states, dictionary } = rules;
  const found = { end: start, status: 0, inDictionary: false };
  let state = rules.first;
  for (let at = start; state !== STOP; ) {
    const code = text.codePointAt(at);
    const category = code === undefined ? END_OF_TEXT : categoryAt(rules, code);
    state = bytes[states + state * width + NEXT + category];
    if (code !== undefined) at += code > 0xffff ? 2 : 1;
    if (category >= dictionary) found.inDictionary = true;
    if (bytes[states + state * width] !== 0) {
      found.end = at;
      found.status = bytes[states + state * width + 1];
    }
    if (code === undefined) break;
  }
  if (found.end === start) found.end = start + (text.codePointAt(start) > 0xffff ? 2 : 1);
  return found;
}

// ICU finds the words of scripts without spaces in dictionaries, which are not here. Each Han character counts as a
// word, as do runs of Katakana and of Hiragana. Whatever else the rules hold together stays so, such as Thai.
const [OTHER, HAN, HIRAGANA, KATAKANA, MARK] = [0, 1, 2, 3, 4];
const LONG_VOWEL = 0x30fc;
const within = (code, first, last) => code >= first && code <= last;

function scriptOf(code) {
  if (within(code, 0x3040, 0x309f)) return HIRAGANA;
  if (within(code, 0x30a0, 0x30ff) || within(code, 0x31f0, 0x31ff) || within(code, 0xff66, 0xff9f)) return KATAKANA;
  return within(code, 0x2e80, 0x9fff) || within(code, 0xf900, 0xfaff) || code >= 0x16fe0 ? HAN : OTHER;
}

function kindAt(code, before, rules) {
  if (code === LONG_VOWEL && before === HIRAGANA) return HIRAGANA;
  if (categoryAt(rules, code) >= rules.dictionary) return scriptOf(code);
  return /[\p{M}\p{Cf}]/u.test(String.fromCodePoint(code)) ? MARK : OTHER;
}

function* endsWithin(text, start, end, rules) {
  let before = OTHER;
  for (let at = start; at < end; ) {
    const code = text.codePointAt(at);
    const kind = kindAt(code, before, rules);
    if (kind !== MARK) {
      if (kind !== OTHER && before !== OTHER && (kind === HAN || kind !== before)) yield at;
      before = kind;
    }
    at += code > 0xffff ? 2 : 1;
  }
}

/** The segments of a text in order; `name` is that of ICU's rules. */
export class Boundaries {
  #text;
  #rules;
  #found = { end: 0, status: 0 };
  #words;

  constructor(text, name) {
    this.#text = text;
    this.#rules = rulesOf(name);
  }

  /** The end and the status of the next segment; undefined behind the last. */
  next() {
    if (this.#words !== undefined) return this.#nextWord();
    const start = this.#found.end;
    if (start >= this.#text.length) return undefined;
    const found = segmentFrom(this.#text, start, this.#rules);
    this.#found = found;
    if (!found.inDictionary) return found;
    this.#words = endsWithin(this.#text, start, found.end, this.#rules);
    return this.#nextWord();
  }

  #nextWord() {
    const { value: end, done } = this.#words.next();
    if (!done) return { end, status: this.#found.status };
    this.#words = undefined;
    return this.#found;
  }
}
