// Finds which names a program imports from which module, from its text, before it is linked. It may
// find too many (text in a comment looks like an import): an extra stand-in is harmless, but a
// missing name would prevent linking.
import { matchesAt } from "./scan.js";

const NAME = "[\\w$\\u0080-\\uffff]+";
const CLAUSE = `(?:${NAME}\\s*,\\s*|${NAME}\\s*)?(?:\\{[^}]{0,20000}\\}|\\*\\s*as\\s+${NAME})?`;
const FROM = `\\s*from\\s*(["'])([^"'\\n]{1,300})`;
const IMPORT = new RegExp(`import(?![\\w$])\\s*(${CLAUSE})${FROM}`, "y");
const REEXPORT = new RegExp(`export\\s*(\\{[^}]{0,20000}\\})${FROM}`, "y");
const DYNAMIC = /import\(\s*(["'])([^"'\n]{1,300})\1/y;
const DESTRUCTURED = /\{([^{}]{1,2000})\}\s*=\s*await\s+$/;
const NAMED = new RegExp(`(${NAME})\\s*=\\s*await\\s+$`);
const STAR = new RegExp(`\\*\\s*as\\s+(${NAME})`);
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/g;
const REQUIRE = /require\(\s*(["'])([^"'\n]{1,300})\1\s*\)/y;
const TRY = /(?<![\w$])try\s*\{[^{}]*$/;
// A bundler may call `require` by another name.
const TRIED = /try\s*\{[^{}]{0,200}\(\s*(["'])([^"'\n]{1,300})\1\s*\)/y;
const IMPORTED = /(?:\.exports\s*=\s*|=\s*[\w$]+\()$/;
const MAX_NAMES = 5000;

function namesOf(braces) {
  const names = [];
  for (const item of braces.replace(COMMENT, "").split(",")) {
    const name = item.trim().split(/\s+as\s+|\s*:\s*|\s*=/)[0].replace(/^["']|["']$/g, "");
    if (name !== "") names.push(name);
  }
  return names;
}

/** The members that the text reads from a namespace: `alias.name`, in one pass. */
export function membersOf(source, alias) {
  const member = new RegExp(`${alias.replaceAll("$", "\\$")}\\.([A-Za-z_$][\\w$]*)`, "y");
  return Array.from(matchesAt(source, `${alias}.`, member), (found) => found[1]);
}

function* staticImport(source, [, clause, , specifier]) {
  const braces = /\{([^}]*)\}/.exec(clause);
  const star = STAR.exec(clause);
  yield [specifier, braces ? namesOf(braces[1]) : [], star?.[1]];
}

function* dynamicImport(source, found) {
  const before = source.slice(Math.max(0, found.index - 2000), found.index);
  const braces = DESTRUCTURED.exec(before.slice(before.lastIndexOf("{")));
  const alias = NAMED.exec(before.slice(-200));
  yield [found[2], braces ? namesOf(braces[1]) : [], alias?.[1]];
}

function* imports(source, isModule) {
  for (const { index } of matchesAt(source, "import", /import/y)) {
    IMPORT.lastIndex = DYNAMIC.lastIndex = index;
    const found = IMPORT.exec(source);
    const dynamic = found ? null : DYNAMIC.exec(source);
    if (found) yield* staticImport(source, found);
    else if (dynamic) yield* dynamicImport(source, dynamic);
  }
  if (!isModule) return;
  for (const [, braces, , specifier] of matchesAt(source, "export", REEXPORT)) {
    yield [specifier, namesOf(braces.slice(1, -1))];
  }
}

/**
 * Map from specifier to what `source` imports: the `names`, and the `aliases` of the whole
 * namespace.
 */
export function wantedNames(source, isModule) {
  const wanted = new Map();
  for (const [specifier, names, alias] of imports(source, isModule)) {
    if (!wanted.has(specifier)) wanted.set(specifier, { names: new Set(), aliases: new Set() });
    const entry = wanted.get(specifier);
    for (const name of names) if (entry.names.size < MAX_NAMES) entry.names.add(name);
    if (alias !== undefined) entry.aliases.add(alias);
  }
  return wanted;
}

/** Modules whose `require` is in a `try`: the program can do without them. */
export function optionalRequires(source) {
  const optional = new Set();
  for (const found of matchesAt(source, "require", REQUIRE)) {
    if (TRY.test(source.slice(Math.max(0, found.index - 200), found.index))) optional.add(found[2]);
  }
  for (const found of matchesAt(source, "try", TRIED)) optional.add(found[2]);
  return optional;
}

/**
 * Modules whose `require` a bundler wrote for an `import`: `module.exports = require("x")` in a
 * module of its own, or `x = __toESM(require("x"))`.
 */
export function importedRequires(source) {
  const found = new Set();
  for (const { index, 2: specifier } of matchesAt(source, "require", REQUIRE)) {
    if (IMPORTED.test(source.slice(Math.max(0, index - 40), index))) found.add(specifier);
  }
  return found;
}
