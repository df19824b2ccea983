// Finds a program's inline source map: the last comment of its text, a data URL of JSON.

const MARK = "sourceMappingURL=";
const DATA = /^data:application\/json(?:;charset=[\w-]{1,20})?(;base64)?,/i;
const MAX_TEXT = 20 * 1024 * 1024;
const LAST_LOOK = 200;
const MAY_END_A_MAP = /[\w+/=%]\s*$/;
const MAY_FOLLOW = /^(?:\s*\/\/[^\n]{0,200}(?:\n|$))*\s*$/;
const COMMENT_START = /\/\/[#@]\s{0,8}$/;

// What a split gives are views that keep the whole program in memory: a padded text is a copy.
const copyOf = (text) => text.padEnd(text.length + 1);

/**
 * The map's text as it stands in the program, and the code before it, as {code, text, isBase64}, or
 * null when there is no map, it lies in another file, or it has more than 20 MiB. Splitting is the
 * engine's fastest search.
 */
export function inlineMap(source) {
  if (!MAY_END_A_MAP.test(source.slice(-LAST_LOOK))) return null;
  const pieces = source.split(MARK);
  const rest = pieces.at(-1);
  if (pieces.length < 2 || rest.length > MAX_TEXT) return null;
  if (!COMMENT_START.test(pieces.at(-2).slice(-16))) return null;
  const head = DATA.exec(rest.slice(0, 80));
  if (head === null) return null;
  const lines = rest.slice(head[0].length).split("\n", 9);
  if (lines.length > 8 || !MAY_FOLLOW.test(lines.slice(1).join("\n").slice(0, 1000))) return null;
  const code = source.slice(0, source.length - rest.length - MARK.length);
  return { code, text: copyOf(lines[0].trimEnd()), isBase64: head[1] !== undefined };
}
