// A statement that only exports a value by its name: `exports.agents = agents`, `module.exports = x`.
const EXPORTS = /^(?:module\s*\.\s*)?exports(?:\s*\.\s*[\w$]+)?\s*=\s*([\w$]+)\s*;?$/;
const MAX_TEXT = 500;

/** The value that such a statement exports, undefined for any other; `variables(name)` as of the shim. */
export function publishedBy(text, variables) {
  if (text === undefined || text.length > MAX_TEXT) return undefined;
  const found = EXPORTS.exec(text.trim());
  return found === null ? undefined : variables(found[1])[1];
}
