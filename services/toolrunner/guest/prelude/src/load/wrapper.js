// A script's CommonJS wrapper. An IIFE bundle leaves its exports in a top-level variable, so the
// wrapper returns the variables declared at the left margin.
import { contains, placesOf } from "./scan.js";

/** The code before a script, on its first line. */
export const HEAD = "(function (exports, require, module, __filename, __dirname) {";

const MAX_VARIABLES = 64;
const DECLARATION = /(?:var|let|const)\s+([A-Za-z_$][\w$]*)\s*[=;,]/y;
const RESERVED = /^(?:let|static|yield|await|enum|eval|arguments|implements|interface|package)$/;
const IIFE = /((?:var|let|const)\s+)([A-Za-z_$][\w$]*)\s*=\s*\(\s*(?:\(|function)/y;
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

/**
 * The variable that a bundle which is one function called at once leaves its value in: `{name, begin}`, with its
 * place in the wrapped script, in bytes. Undefined for any other bundle.
 */
export function iifeOf(source) {
  const start = START.exec(source)[0].length;
  IIFE.lastIndex = start;
  const [, word, name] = IIFE.exec(source) ?? [];
  if (name === undefined) return undefined;
  return { name, begin: HEAD.length + new TextEncoder().encode(source.slice(0, start)).length + word.length };
}

const isCommonJs = (source) => contains(source, "module.exports") || contains(source, "exports.");

/** The code after a script; returns the variables of an IIFE bundle by name. */
export function tailFor(source) {
  // The text of an IIFE bundle may speak of `module.exports` too, in what it wraps.
  if (iifeOf(source) === undefined && isCommonJs(source)) return "\n})";
  const reads = Array.from(
    variablesOf(source),
    (name) => `${name}: typeof ${name} === "undefined" ? void 0 : ${name}`,
  );
  return `\nreturn {${reads.join(", ")}};})`;
}
