// Values as text where the formatter cannot work, because a bundle replaced what it is made of. Uses
// only built-ins that were saved before any bundle ran.
import { jsonStringify, objectTag, toText } from "../core/primordials.js";

function property(value, key) {
  try {
    return value[key];
  } catch {
    return undefined;
  }
}

function plainObject(value) {
  const message = property(value, "message");
  if (typeof message === "string") {
    const name = property(value, "name");
    return (typeof name === "string" ? name : "Error") + (message === "" ? "" : ": " + message);
  }
  try {
    return jsonStringify(value) ?? objectTag(value);
  } catch {
    return "[cannot be shown]";
  }
}

/** Text of any value; never throws. */
export function plainText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "function") return "[Function]";
  return typeof value === "object" && value !== null ? plainObject(value) : toText(value);
}

/** The line of a console call. */
export function plainLine(args) {
  let line = "";
  for (let i = 0; i < args.length; i++) line += (i === 0 ? "" : " ") + plainText(args[i]);
  return line;
}
