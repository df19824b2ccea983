// The causes of an error, printed below its frames in Node's layout: `[cause]: TypeError: ...` with
// frames of its own, and `[errors]: [...]` of an AggregateError.
import { hasOwn, indexOf, isArray, slice } from "./primordials.js";

const MAX_DEPTH = 5;
const MAX_ERRORS = 8;
const MAX_FRAMES = 10;
const MAX_HEAD = 1024;
const MAX_TEXT = 6000;

function indented(text, spaces) {
  let result = "";
  let from = 0;
  for (let at = indexOf(text, "\n"); at >= 0; at = indexOf(text, "\n", from)) {
    result += slice(text, from, at + 1) + spaces;
    from = at + 1;
  }
  return result + slice(text, from);
}

// A getter or a proxy of the bundle may throw here; the error then has no cause.
function behind(error, key) {
  try {
    return hasOwn(error, key) ? error[key] : undefined;
  } catch {
    return undefined;
  }
}

function lengthOf(list) {
  try {
    return isArray(list) ? list.length : 0;
  } catch {
    return 0;
  }
}

function isAbove(value, above) {
  for (let link = above; link !== null; link = link.above) if (link.value === value) return true;
  return false;
}

/**
 * Makes `tail(error)`: the frames of an error and its causes. `headOf(error)` returns name and
 * message, or "" for other values; `show` formats those, `clean(stack, frames)` frames.
 */
export function causeWriter(clean, show, headOf, stackOf) {
  function shown(value, above, left) {
    if (left.characters <= 0) return "...";
    const head = slice(headOf(value), 0, MAX_HEAD);
    const text = head === "" ? slice(show(value), 0, MAX_HEAD) : described(value, head, above, left);
    left.characters -= text.length;
    return text;
  }

  function described(error, head, above, left) {
    if (isAbove(error, above)) return "[Circular]";
    if (above.depth >= MAX_DEPTH) return "[" + head + "]";
    const text = tailBelow(error, { __proto__: null, value: error, above, depth: above.depth + 1 }, left);
    if (text === "" || text[0] === "{") return "[" + head + "]" + (text === "" ? "" : " " + text);
    return head + "\n" + text;
  }

  function listed(errors, above, left) {
    const length = lengthOf(errors);
    let text = "";
    for (let i = 0; i < length && i < MAX_ERRORS; i++) {
      text += (i === 0 ? "\n    " : ",\n    ") + indented(shown(behind(errors, i), above, left), "    ");
    }
    if (length > MAX_ERRORS) text += ",\n    ... " + (length - MAX_ERRORS) + " more items";
    return "\n  [errors]: [" + text + "\n  ]";
  }

  function tailBelow(error, above, left) {
    const frames = clean(stackOf(error), above.above === null ? undefined : MAX_FRAMES);
    const cause = behind(error, "cause");
    const errors = behind(error, "errors");
    let extra = "";
    if (cause !== undefined) extra += "\n  [cause]: " + indented(shown(cause, above, left), "  ");
    if (lengthOf(errors) > 0) extra += (extra === "" ? "" : ",") + listed(errors, above, left);
    if (extra === "") return frames;
    return frames + (frames === "" ? "{" : " {") + extra + "\n}";
  }

  return function tail(error) {
    const left = { __proto__: null, characters: MAX_TEXT };
    return tailBelow(error, { __proto__: null, value: error, above: null, depth: 1 }, left);
  };
}
