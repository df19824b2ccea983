// Finds a program's inline source map: the last comment of its text, a data URL of JSON.

const MARK = "sourceMappingURL=";
const DATA = /^data:application\/json(?:;charset=[\w-]{1,20})?(;base64)?,/i;
const MAX_TEXT = 20 * 1024 * 1024;
const MAY_END_A_MAP = /[\w+/=%]$/;
const MAY_FOLLOW = /^(?:\s*\/\/[^\n]{0,200}(?:\n|$)){0,8}$/;
const COMMENT_START = /(?:(?:^|\n)([ \t]{0,8}))?\/\/[#@]\s{0,8}$/;
// What ends a template or a comment around it: then it is no comment of its own, but code goes on.
const ENDS_WHAT_HOLDS_IT = ["`", "*/"];
const QUOTES = ['"', "'"];
const BLANK_LINES = /^(?:[ \t]*\r?\n)*/;

// Splitting returns views that keep the whole program in memory; a padded string is a copy.
const copyOf = (text) => text.padEnd(text.length + 1);

// A module from a wrapper is indented, with its map, and starts after blank lines.
function offsetOf(source, indent) {
  const lines = indent === 0 ? 0 : BLANK_LINES.exec(source.slice(0, 65_536))[0].split("\n").length - 1;
  return { __proto__: null, lines, columns: lines === 0 ? 0 : indent };
}

const hasOneOf = (text, signs) => signs.some((sign) => text.includes(sign));

/**
 * The map's encoded text and the code before it, as {code, text, isBase64, offset}, or null when
 * there is no map, it is in another file, or it exceeds 20 MiB. `offset` is how many lines and
 * columns of the program precede what the map describes. Splitting is the engine's fastest search.
 */
export function inlineMap(source) {
  const trimmed = source.trimEnd();
  if (!MAY_END_A_MAP.test(trimmed.slice(-1))) return null;
  const pieces = trimmed.split(MARK);
  const rest = pieces.at(-1);
  if (pieces.length < 2 || rest.length > MAX_TEXT) return null;
  const start = COMMENT_START.exec(pieces.at(-2).slice(-24));
  const head = DATA.exec(rest.slice(0, 80));
  if (start === null || head === null) return null;
  const body = rest.slice(head[0].length);
  const [payload] = body.split("\n", 1);
  const after = body.slice(payload.length).trim();
  if (after.length > 1000 || !MAY_FOLLOW.test(after) || hasOneOf(body, ENDS_WHAT_HOLDS_IT)) return null;
  if (start[1] === undefined && hasOneOf(payload, QUOTES)) return null;
  const code = trimmed.slice(0, trimmed.length - rest.length - MARK.length);
  const offset = offsetOf(source, start[1]?.length ?? 0);
  return { code, text: copyOf(payload.trimEnd()), isBase64: head[1] !== undefined, offset };
}
