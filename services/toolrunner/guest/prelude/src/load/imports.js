// Which names a program imports from which module, read from its text before it is linked. It may
// name more than the program really imports (text in a comment looks like an import): a stand-in
// too many harms nothing, a name too few would keep the program from linking.

const NAME = "[\\w$\\u0080-\\uffff]+";
const CLAUSE = `(?:${NAME}\\s*,\\s*|${NAME}\\s*)?(?:\\{[^}]{0,20000}\\}|\\*\\s*as\\s+${NAME})?`;
const FROM = `\\s*from\\s*(["'])([^"'\\n]{1,300})`;
const IMPORT = new RegExp(`(?<![\\w$.])import(?![\\w$])\\s*(${CLAUSE})${FROM}`, "g");
const REEXPORT = new RegExp(`(?<![\\w$.])export\\s*(\\{[^}]{0,20000}\\})${FROM}`, "g");
const DYNAMIC = /\{([^{}]{1,2000})\}\s*=\s*await\s+import\(\s*(["'])([^"'\n]{1,300})\2/g;
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/g;
const MAX_NAMES = 5000;

function namesOf(braces) {
  const names = [];
  for (const item of braces.replace(COMMENT, "").split(",")) {
    const name = item.trim().split(/\s+as\s+|\s*:\s*|\s*=/)[0].replace(/^["']|["']$/g, "");
    if (name !== "") names.push(name);
  }
  return names;
}

function membersOf(source, alias) {
  const escaped = alias.replaceAll("$", "\\$");
  const member = new RegExp(`(?<![\\w$.])${escaped}\\s*\\.\\s*([A-Za-z_$][\\w$]*)`, "g");
  return Array.from(source.matchAll(member), (found) => found[1]);
}

/** Map from specifier to the set of names that `source` wants of it. */
export function wantedNames(source) {
  const wanted = new Map();
  function want(specifier, names) {
    if (!wanted.has(specifier)) wanted.set(specifier, new Set());
    const set = wanted.get(specifier);
    for (const name of names) if (set.size < MAX_NAMES) set.add(name);
  }
  for (const [, clause, , specifier] of source.matchAll(IMPORT)) {
    const braces = /\{([^}]*)\}/.exec(clause);
    const star = new RegExp(`\\*\\s*as\\s+(${NAME})`).exec(clause);
    want(specifier, braces ? namesOf(braces[1]) : []);
    if (star) want(specifier, membersOf(source, star[1]));
  }
  for (const [, braces, , specifier] of source.matchAll(REEXPORT)) {
    want(specifier, namesOf(braces.slice(1, -1)));
  }
  for (const [, braces, , specifier] of source.matchAll(DYNAMIC)) want(specifier, namesOf(braces));
  return wanted;
}

/** Modules whose `require` stands in a `try`: the program can do without them. */
export function optionalRequires(source) {
  const found = source.matchAll(/try\s*\{[^{}]{0,200}?require\(\s*["']([^"'\n]{1,300})["']\s*\)/g);
  return new Set(Array.from(found, (match) => match[1]));
}
