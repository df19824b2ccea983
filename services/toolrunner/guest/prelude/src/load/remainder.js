// What of a function has not run when an exception interrupts it, by its text: its statements from the one
// that failed, and from the beginning of the loops around that; only up to the end of the `try` that catches it.
import { Kind, tokensOf } from "./tokens.js";

const OPENS = new Set(["(", "[", "{", "${"]);
const CLOSES = new Set([")", "]", "}"]);
// After these a brace begins an object, otherwise a block or a function's body.
const BEFORE_OBJECT = new Set(["(", ",", "=", ":", "[", "?", "&&", "||", "??", "!", "...", "return", "${"]);
const LOOPS = new Set(["for", "while"]);
// What goes on with the statement before.
const GOES_ON = new Set(["else", "catch", "finally", "while", "in", "of", "instanceof"]);
const MAKES = /^(?:(?:const|let|var|return|class|function|export)\b|async\s+function\b|[\w$]+\s*=(?![=>]))/;
const TRY = /(?<![\w$.])try\s*\{/g;
const BEFORE_TRY = 20_000;
const AFTER_TRY = 50_000;
const MAX_TRIES = 8;
const DECLARES = /^(?:const|let|var)\b/;

/** Where in a text a line and a column are that an engine counts from its beginning, the column in UTF-8. */
export function offsetIn(text, lines, column) {
  let at = 0;
  for (; lines > 0; lines--) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  for (; column > 0 && at < text.length; at++) {
    const code = text.charCodeAt(at);
    column -= code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return at;
}

/** The tokens of a function with what is open around each place of them. */
class FunctionText {
  constructor(text, tokens) {
    this.text = text;
    this.tokens = tokens;
    this.closers = new Map(); // by their openers
    this.openers = new Map(); // by their closers
    const open = [];
    for (let i = 0; i < tokens.length; i++) {
      if (this.isMark(i, OPENS)) open.push(i);
      else if (this.isMark(i, CLOSES) && open.length > 0) {
        const opener = open.pop();
        this.closers.set(opener, i);
        this.openers.set(i, opener);
      }
    }
  }

  isMark(i, marks) {
    return this.tokens[i]?.kind === Kind.MARK && marks.has(this.tokens[i].text);
  }

  isText(i, text) {
    return this.tokens[i]?.text === text && this.tokens[i].kind !== Kind.STRING;
  }

  beginOf(i) {
    return this.tokens[i].end - this.tokens[i].text.length;
  }

  isBlock(i) {
    return this.isText(i, "{") && !BEFORE_OBJECT.has(this.tokens[i - 1]?.text);
  }

  /** The last token that begins at or before a place of the text. */
  tokenAt(at) {
    let i = this.tokens.length - 1;
    while (i > 0 && this.beginOf(i) > at) i--;
    return i;
  }

  /** The openers of the blocks around a token, the innermost first. */
  blocksAround(token) {
    const found = [];
    for (const [opener, closer] of this.closers) {
      if (opener < token && token <= closer && this.isBlock(opener)) found.push(opener);
    }
    return found.sort((a, b) => b - a);
  }

  // Whether the brace that closes before a token ends a statement.
  endsBlock(closer) {
    const next = this.tokens[closer + 1];
    const isNext = next?.kind === Kind.NAME || (next?.kind === Kind.KEYWORD && !GOES_ON.has(next.text));
    return this.isText(closer, "}") && isNext && this.isBlock(this.openers.get(closer));
  }

  /** The token with which the statement begins that a token is in. */
  statementOf(token) {
    let i = token;
    for (; i > 0; i--) {
      const before = i - 1;
      if (this.isText(before, ";") || this.isBlock(before)) return i;
      if (!this.isMark(before, CLOSES)) continue;
      if (this.endsBlock(before)) return i;
      i = (this.openers.get(before) ?? before) + 1;
    }
    return i;
  }

  // The keyword of the loop whose body a block is, undefined for other blocks.
  loopOf(block) {
    if (this.isText(block - 1, "do")) return block - 1;
    const head = this.openers.get(block - 1);
    if (head === undefined) return undefined;
    const keyword = this.isText(head - 1, "await") ? head - 2 : head - 1;
    return LOOPS.has(this.tokens[keyword]?.text) ? keyword : undefined;
  }

  isTry(block) {
    return this.isText(block - 1, "try");
  }

  /** The texts of the statements from one token up to another. */
  statements(from, to) {
    const found = [];
    let begin = from;
    const take = (end) => {
      if (end > begin) found.push(this.text.slice(this.beginOf(begin), this.tokens[end - 1].end));
    };
    let i = from;
    while (i < to) {
      const closer = this.isMark(i, OPENS) ? this.closers.get(i) : undefined;
      if (closer !== undefined && closer < to) i = closer;
      const isOpener = closer === undefined && this.isText(i, "{");
      const isCloser = closer === undefined && this.isMark(i, CLOSES);
      i++;
      if (!isOpener && !isCloser && !this.isText(i - 1, ";") && !this.endsBlock(i - 1)) continue;
      take(isCloser || isOpener ? i - 1 : i);
      begin = i;
    }
    take(to);
    return found;
  }
}

/** Whether a statement only makes a value, as a declaration does. */
export const makesValue = (statement) => MAKES.test(statement);

/** The names that a statement declares; more rather than fewer. */
export function declaredBy(statement) {
  if (!DECLARES.test(statement)) return [];
  const head = /^\w+\s+([^=]*)(?==)/.exec(statement)?.[1] ?? "";
  return head.match(/[\w$]+/g) ?? [];
}

/**
 * The texts of the statements of a function that an exception at the place `at` of its text kept from running;
 * `isCaught` if a `try` of its own catches that. Undefined if the text cannot be read.
 */
export function remainderOf(text, at, isCaught) {
  const tokens = tokensOf(text);
  if (tokens === undefined || tokens.length === 0) return undefined;
  const fn = new FunctionText(text, tokens);
  const token = fn.tokenAt(at);
  const around = fn.blocksAround(token);
  const caught = isCaught ? around.find((block) => fn.isTry(block)) : undefined;
  const inside = caught === undefined ? around : around.slice(0, around.indexOf(caught));
  const loops = inside.map((block) => fn.loopOf(block)).filter((keyword) => keyword !== undefined);
  const begin = Math.min(fn.statementOf(token), ...loops);
  const last = caught ?? around.at(-1);
  return fn.statements(begin, last === undefined ? tokens.length : fn.closers.get(last));
}

/** As `remainderOf`, of a function too large to be read whole: nothing if its `try` is not near, or is large. */
export function remainderOfTry(text, at) {
  const begins = [...text.slice(Math.max(0, at - BEFORE_TRY), at).matchAll(TRY)].map(({ index }) => index - Math.min(at, BEFORE_TRY));
  for (const before of begins.slice(-MAX_TRIES).reverse()) {
    const near = text.slice(at + before, at + AFTER_TRY);
    const tokens = tokensOf(near) ?? [];
    const end = new FunctionText(near, tokens).closers.get(1);
    if (end !== undefined && tokens[end].end > -before) return remainderOf(near.slice(0, tokens[end].end), -before, true) ?? [];
  }
  return [];
}
