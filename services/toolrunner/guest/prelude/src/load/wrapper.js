// A script's CommonJS wrapper. An IIFE bundle leaves its exports in a variable of its top level, so
// the wrapper returns what the variables at the left margin hold.
import { contains, placesOf } from "./scan.js";

/** What stands before a script on its first line. */
export const HEAD = "(function (exports, require, module, __filename, __dirname) {";

const MAX_VARIABLES = 64;
const DECLARATION = /(?:var|let|const)\s+([A-Za-z_$][\w$]*)\s*[=;,]/y;
const RESERVED = /^(?:let|static|yield|await|enum|eval|arguments|implements|interface|package)$/;
const START = /^(?:\s|;|\/\*[^]*?\*\/|\/\/[^\n]*\n|"use strict"|'use strict')*/;

function variablesOf(source) {
  const start = START.exec(source)[0].length;
  const names = new Set();
  for (const word of ["var", "let", "const"]) {
    for (const at of placesOf(source, word)) {
      if (at !== start && source[at - 1] !== "\n") continue;
      DECLARATION.lastIndex = at;
      const found = DECLARATION.exec(source);
      if (found !== null && !RESERVED.test(found[1])) names.add(found[1]);
      if (names.size >= MAX_VARIABLES) return names;
    }
  }
  return names;
}

const isCommonJs = (source) => contains(source, "module.exports") || contains(source, "exports.");

/** What stands after a script; the function of an IIFE bundle returns its variables by name. */
export function tailFor(source) {
  if (isCommonJs(source)) return "\n})";
  const reads = Array.from(
    variablesOf(source),
    (name) => `${name}: typeof ${name} === "undefined" ? void 0 : ${name}`,
  );
  return `\nreturn {${reads.join(", ")}};})`;
}
