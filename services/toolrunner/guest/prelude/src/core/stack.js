// Stacks as shown to users: only the bundle's own frames, with its own columns.
import { PRELUDE_FILE, PROGRAM_FILE } from "./kinds.js";
import { exec, indexOf, slice, startsWith } from "./primordials.js";

const MAX_STACK = 8192;
const MAX_FRAMES = 40;
const FIRST_LINE = /^(.*\(?bundle\.js:1:)(\d+)(\)?)$/;

/** A stack without the name and message that it begins with; `head` is those of the error. */
export function framesBelow(head, stack) {
  if (typeof stack !== "string" || !startsWith(stack, head)) return stack;
  const rest = slice(stack, head.length);
  return startsWith(rest, "\n") ? slice(rest, 1) : rest;
}

/** Makes a function that turns an engine stack into the displayed text. */
export function stackCleaner() {
  let shift = 0;

  /** Set how many columns of line 1 belong to the wrapper around a script. */
  function setShift(columns) {
    shift = columns;
  }

  function frameOf(line) {
    const found = exec(FIRST_LINE, line);
    if (found === null || shift === 0) return line;
    const column = +found[2] - shift;
    return found[1] + (column > 0 ? column : 1) + found[3];
  }

  /** Frames of the bundle, at most 40 or `most`; frames of the prelude are left out. */
  function clean(stack, most = MAX_FRAMES) {
    if (typeof stack !== "string") return "";
    const text = slice(stack, 0, MAX_STACK * 4);
    let kept = "";
    let pending = ""; // frames to show only if a frame of the bundle follows
    for (let at = 0, frames = 0; at < text.length && frames < most; ) {
      const found = indexOf(text, "\n", at);
      const end = found < 0 ? text.length : found;
      const line = slice(text, at, end);
      at = end + 1;
      if (line === "" || indexOf(line, PRELUDE_FILE) >= 0) continue;
      frames++;
      pending += (kept + pending === "" ? "" : "\n") + frameOf(line);
      if (indexOf(line, PROGRAM_FILE) >= 0 || !startsWith(line, "    at ")) {
        kept += pending;
        pending = "";
      }
    }
    return slice(kept, 0, MAX_STACK);
  }

  return { setShift, clean };
}
