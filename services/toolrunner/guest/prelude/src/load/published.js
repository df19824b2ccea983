// What a program that has ended may still do: export a value by its name.
// `exports.agents = agents`, `module.exports = x`.
const EXPORTS = /^(?:module\s*\.\s*)?exports(?:\s*\.\s*[\w$]+)?\s*=\s*([\w$]+)\s*;?$/;
// `Object.defineProperty(exports, "agents", { enumerable: true, get: () => agents })`, as compilers and the
// executor write it.
const GETTER =
  /^Object\.defineProperty\(\s*exports\s*,\s*("(?:[^"\\]|\\.)*")\s*,\s*\{(?:\s*(?:enumerable|configurable)\s*:\s*(?:true|!0)\s*,)*\s*get\s*:\s*(?:\(\)\s*=>\s*|function\s*\(\)\s*\{\s*return\s+)([\w$]+)\s*;?\s*\}?\s*\}\s*\)\s*;?$/;
const MAX_TEXT = 500;

/**
 * The value that such a statement exports, undefined for any other; `variables(name)` as of the shim. It
 * is assigned by the caller, but for a getter's, which is put in place here.
 */
export function publishedBy(text, variables) {
  if (text === undefined || text.length > MAX_TEXT) return undefined;
  const trimmed = text.trim();
  const found = EXPORTS.exec(trimmed);
  if (found !== null) return variables(found[1])[1];
  const [, key, name] = GETTER.exec(trimmed) ?? [];
  const value = name === undefined ? undefined : variables(name)[1];
  const target = value === undefined ? undefined : variables("exports")[1];
  if (target === undefined) return undefined;
  Object.defineProperty(target, JSON.parse(key), { value, enumerable: true, configurable: true });
  return value;
}
