// The program's source map: its text is kept with the program, and decoded only by a failing call.
import { charCodeAt, indexOf } from "../core/primordials.js";
import { inlineMap } from "./comment.js";
import { decodeMap } from "./decode.js";
import { mapFrames } from "./frames.js";
import { shownName } from "./names.js";

const MAX_KEPT_SOURCE = 8 * 1024 * 1024;

function bytesOf(code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code >= 0xd800 && code < 0xe000 ? 2 : 3; // two halves of one character make four
}

// The engine counts columns in bytes of UTF-8, source maps in UTF-16.
function unitColumn(source, line, column) {
  let start = 0;
  for (let i = 1; i < line; i++) start = indexOf(source, "\n", start) + 1;
  let at = start;
  for (let bytes = 1; bytes < column && at < source.length; at++) bytes += bytesOf(charCodeAt(source, at));
  return at - start + 1;
}

/** The map of one program. */
export function createSourceMap() {
  let kept = null;
  let source = "";

  /**
   * Keep the map of a program of `bytes` bytes of UTF-8, if it has one. Returns the program without
   * the map, so that the engine need not read it.
   */
  function keep(program, bytes) {
    const map = inlineMap(program);
    if (map === null) return program;
    const hasWideColumns = bytes !== program.length;
    if (hasWideColumns && map.code.length > MAX_KEPT_SOURCE) return map.code;
    source = hasWideColumns ? map.code : "";
    kept = { __proto__: null, text: map.text, isBase64: map.isBase64, offset: map.offset };
    return map.code;
  }

  const lineOf = (line) => line - kept.offset.lines;
  const columnOf = (line, column) =>
    (source === "" ? column : unitColumn(source, line, column)) - kept.offset.columns;

  /** The text with frames of the bundle shown as frames of its sources, where they are known. */
  function mapped(text) {
    if (kept === null || indexOf(text, "bundle.js:") < 0) return text;
    try {
      const map = decodeMap(kept);
      const nameOf = (part, index) => shownName(map.part(part).root, map.part(part).source(index));
      return mapFrames(text, map, nameOf, lineOf, columnOf);
    } catch {
      return text; // ignore an invalid map
    }
  }

  return { keep, mapped, isThere: () => kept !== null };
}
