// Reads a program's text by keyword: `indexOf` finds the word, a sticky pattern reads on from
// there. A pattern tried at every character of a bundle of megabytes would cost seconds.

const MAX_HITS = 50_000;
const WORD = /[\w$]/;

/** Matches of the sticky `pattern` that begin at `word`, where no identifier runs into it. */
export function* matchesAt(source, word, pattern) {
  let hits = 0;
  for (let at = source.indexOf(word); at >= 0; at = source.indexOf(word, at + word.length)) {
    if (++hits > MAX_HITS) return;
    const before = at > 0 ? source[at - 1] : "";
    if (before === "." || WORD.test(before)) continue;
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) yield found;
  }
}
