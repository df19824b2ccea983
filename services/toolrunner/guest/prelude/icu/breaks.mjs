// ICU's rules of text boundaries: for each file a table of states and the category of every code point.
// The files' layout is that of ICU's RBBIDataHeader, RBBIStateTable and UCPTrie.

const FILES = ["char", "word", "sent", "sent_el"];
const MAGIC = 0xb1a0;
const AT = { magic: 0, categories: 12, states: 16, trie: 32, statuses: 48 };
const ROWS = 20;
const FROM_START_OF_TEXT = 2;
const BYTES = 4;
const START_OF_TEXT = 2;
const [STOP, FIRST, ACCEPTS] = [0, 1, 1];
const BLOCK = 128;
const LAST_CODE_POINT = 0x10ffff;
// The statuses of words are hundreds.
const STATUS = 100;

// A trie's last two values are those above `high` and of what is no code point.
function valueReader(trie) {
  const [options, indexLength, lowLength] = [4, 6, 8].map((at) => trie.readUInt16LE(at));
  const [isFast, width] = [(options & 0xc0) === 0, options & 7];
  if (trie.toString("latin1", 0, 4) !== "3irT" || width === 1) throw new Error("the trie of an ICU break file has another form than the one known");
  const dataLength = ((options & 0xf000) << 4) | lowLength;
  const high = trie.readUInt16LE(14) << 9;
  const index = (i) => trie.readUInt16LE(16 + 2 * i);
  const data = 16 + 2 * indexLength;
  const valueAt = (i) => (width === 0 ? trie.readUInt16LE(data + 2 * i) : trie.readUInt8(data + i));
  const inSmallBlocks = (code) => {
    const first = (code >> 14) + (isFast ? 1020 : 64);
    const block = index(index(first) + ((code >> 9) & 31));
    if (block & 0x8000) throw new Error("the trie of an ICU break file is larger than the ones known");
    return index(block + ((code >> 4) & 31)) + (code & 15);
  };
  return (code) => {
    if (code <= (isFast ? 0xffff : 0xfff)) return valueAt(index(code >> 6) + (code & 63));
    return valueAt(code >= high ? dataLength - 2 : inSmallBlocks(code));
  };
}

// For each block of code points which one of the different ones it is, then those with a category for each code point.
function categoriesOf(categoryOf) {
  const known = new Map();
  const blocks = [];
  for (let start = 0; start <= LAST_CODE_POINT; start += BLOCK) {
    const block = Array.from({ length: BLOCK }, (_, i) => categoryOf(start + i));
    const key = block.join();
    if (!known.has(key)) known.set(key, { number: known.size, block });
    blocks.push(known.get(key).number);
  }
  return [...blocks, ...[...known.values()].flatMap(({ block }) => block)];
}

function inBytes(numbers) {
  if (numbers.some((number) => number > 255)) throw new Error("ICU's break rules do not fit into bytes");
  return Buffer.from(numbers);
}

// A state behind a look-ahead says: break where the look-ahead began. That is where the state before it has accepted
// the text, so it is enough to stop.
function withoutLookAhead(rows) {
  const leadsTo = rows.map(([accepting]) => accepting > ACCEPTS);
  return rows.map(([accepting, lookAhead, tag, ...next]) => {
    const stops = next.map((state) => leadsTo[state]);
    if (next.some((state, i) => stops[i] && !(accepting === ACCEPTS && rows[state][0] === lookAhead))) {
      throw new Error("ICU's break rules look further ahead than the sandbox's segmenter does");
    }
    return { accepting, tag, next: next.map((state, i) => (stops[i] ? STOP : state)) };
  });
}

function statesOf(bytes, at, categories) {
  const [count, rowLength, dictionary, , flags] = [0, 4, 8, 12, 16].map((field) => bytes.readUInt32LE(at + field));
  const size = flags & BYTES ? 1 : 2;
  const read = (state, column) => bytes.readUIntLE(at + ROWS + state * rowLength + column * size, size);
  const rows = withoutLookAhead(Array.from({ length: count }, (_, state) => Array.from({ length: 3 + categories }, (_, column) => read(state, column))));
  return { rows, dictionary, first: flags & FROM_START_OF_TEXT ? rows[FIRST].next[START_OF_TEXT] : FIRST };
}

// The last of a row's statuses is the one that counts; each list of them begins with its length.
function rulesOf(file) {
  const bytes = file.subarray(file.readUInt16LE(0));
  const word = (at) => bytes.readUInt32LE(at);
  if (word(AT.magic) !== MAGIC) throw new Error("an ICU break file has another form than the one known");
  const categories = word(AT.categories);
  const { rows, dictionary, first } = statesOf(bytes, word(AT.states), categories);
  const status = (tag) => word(word(AT.statuses) + 4 * (tag + word(word(AT.statuses) + 4 * tag)));
  const states = rows.flatMap(({ accepting, tag, next }) => [accepting, status(tag) / STATUS, ...next]);
  return inBytes([categories + 2, dictionary, first, rows.length, ...states, ...categoriesOf(valueReader(bytes.subarray(word(AT.trie))))]);
}

/** The rules by name, such as `word`, as bytes: a header of four, the states, the categories (src/intl/boundaries.js). */
export const breakRules = (archive) => Object.fromEntries(FILES.map((name) => [name, rulesOf(archive.get(`brkitr/${name}.brk`))]));
