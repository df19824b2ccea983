// Stacks as a user of the bundle may see them: the bundle's own frames, its own columns.
import { PRELUDE_FILE, PROGRAM_FILE } from "./kinds.js";
import { exec, indexOf, join, push, slice, split, startsWith } from "./primordials.js";

const MAX_STACK = 8192;
const MAX_FRAMES = 40;
const FIRST_LINE = /^(.*\(?bundle\.js:1:)(\d+)(\)?)$/;

/** Makes a function that turns an engine stack into the text shown. */
export function stackCleaner() {
  let shift = 0;

  /** Say how many columns of line 1 belong to the wrapper around a script. */
  function setShift(columns) {
    shift = columns;
  }

  function frameOf(line) {
    const found = exec(FIRST_LINE, line);
    if (found === null || shift === 0) return line;
    const column = +found[2] - shift;
    return found[1] + (column > 0 ? column : 1) + found[3];
  }

  /** Frames of the bundle, at most 40; frames of the prelude are left out. */
  function clean(stack) {
    if (typeof stack !== "string") return "";
    const lines = split(slice(stack, 0, MAX_STACK * 4), "\n");
    const kept = [];
    let bundleFrames = 0;
    for (let i = 0; i < lines.length && kept.length < MAX_FRAMES; i++) {
      const line = lines[i];
      if (line === "" || indexOf(line, PRELUDE_FILE) >= 0) continue;
      push(kept, frameOf(line));
      if (indexOf(line, PROGRAM_FILE) >= 0) bundleFrames = kept.length;
      else if (!startsWith(line, "    at ")) bundleFrames = kept.length;
    }
    kept.length = bundleFrames;
    return slice(join(kept, "\n"), 0, MAX_STACK);
  }

  return { setShift, clean };
}
