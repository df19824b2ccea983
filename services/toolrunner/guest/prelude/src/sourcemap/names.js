// Cleans names of sources for display. A map is made on someone's machine, and its folders are
// private: names become relative and short.
import { charCodeAt, exec, indexOf, lastIndexOf, slice } from "../core/primordials.js";

const MAX_NAME = 4096;
const MAX_SHOWN = 160;
const URL_START = /^[A-Za-z][\w+.-]*:\/\//;
const FILE_START = /^file:/i;
const ROOTED = /^(?:[A-Za-z][\w+.-]*:\/\/|file:|[\\/]|[A-Za-z]:[\\/])/i;
const TOP_FOLDER = /^(?:home|users|root|private|tmp|var|opt|usr|mnt|srv)\//i;
const DRIVE = /^\/*[A-Za-z]:(?=\/)/;
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/;

// Backslashes become slashes; control and bidirectional characters are removed.
function plain(text) {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === 92) result += "/";
    else if (code < 127 ? code >= 32 : exec(UNSAFE, text[i]) === null) result += text[i];
  }
  return result;
}

function withoutQuery(text) {
  for (let i = 0; i < text.length; i++) if (text[i] === "?" || text[i] === "#") return slice(text, 0, i);
  return text;
}

// The part after scheme and host; for a file URL, an absolute path.
function withoutOrigin(text) {
  const start = exec(URL_START, text);
  if (start === null) return exec(FILE_START, text) === null ? text : "/" + slice(text, 5);
  const host = start[0].length;
  const path = indexOf(text, "/", host);
  if (path < 0) return "";
  if (exec(FILE_START, text) !== null) return slice(text, path);
  return withoutQuery(slice(text, path + 1));
}

// From the last folder of this name on, or "".
function fromFolder(path, folder) {
  const at = lastIndexOf("/" + path, "/" + folder + "/");
  return at < 0 ? "" : slice(path, at);
}

function lastParts(path, count) {
  let at = path.length;
  for (let i = 0; i < count && at > 0; i++) at = lastIndexOf(path, "/", at - 1);
  return slice(path, at + 1);
}

// The part of a possibly absolute path that is enough for a developer.
const shortened = (path, parts) =>
  fromFolder(path, "node_modules") || fromFolder(path, "src") || lastParts(path, parts);

/** Normalise a path: how many levels it climbs first, and the rest without dots. */
function resolved(path) {
  let climbs = 0;
  let rest = "";
  for (let from = 0; from <= path.length; ) {
    const slash = indexOf(path, "/", from);
    const end = slash < 0 ? path.length : slash;
    const part = slice(path, from, end);
    from = end + 1;
    if (part === "" || part === ".") continue;
    if (part !== "..") rest += (rest === "" ? "" : "/") + part;
    else if (rest === "") climbs++;
    else rest = slice(rest, 0, lastIndexOf(rest, "/") < 0 ? 0 : lastIndexOf(rest, "/"));
  }
  return { __proto__: null, climbs, rest };
}

/** The display name of a source under its map's root, or "" when nothing is left of it. */
export function shownName(root, source) {
  if (source.length > MAX_NAME || root.length > MAX_NAME) return "";
  const isAlone = root === "" || exec(ROOTED, source) !== null;
  const path = withoutOrigin(plain(isAlone ? source : root + "/" + source));
  const drive = exec(DRIVE, path);
  const { climbs, rest } = resolved(drive === null ? path : slice(path, drive[0].length));
  const isAbsolute = drive !== null || path[0] === "/" || exec(TOP_FOLDER, rest) !== null;
  const name = isAbsolute ? shortened(rest, 1) : climbs > 0 ? shortened(rest, 2) : rest;
  return name.length > MAX_SHOWN ? "..." + slice(name, -MAX_SHOWN) : name;
}
