// From a specifier to the exports that a program gets, for `import` and for `require`.
import { openModule, standIn } from "./standins.js";
import { membersOf, optionalRequires, wantedNames } from "./imports.js";

const LOCAL = /^(?:\.{0,2}\/|#|[a-z]{2,}:\/\/|data:|file:)/;

// A module may be a function, whose `caller` and `arguments` throw; minified programs seem to ask
// for them, since a short alias of a namespace is the name of much else.
function memberOf(module, key) {
  try {
    return module[key];
  } catch {
    return undefined;
  }
}

/**
 * `catalogue(name)` gives what there is of a module: `exports` for `import`, `whole` for `require`
 * (made from `exports` when missing), `refuse` that makes the error for a member that it lacks,
 * `known` when the sandbox knows the module at all, `names` that it is known for, and `open` when
 * it has a stand-in for any other name.
 */
export function createResolver(catalogue) {
  let wanted = new Map();
  let optional = new Set();
  const required = new Map();

  /** Take the names that this program wants of each module. */
  function prepare(source, isModule) {
    wanted = new Map();
    for (const [specifier, { names, aliases }] of wantedNames(source, isModule)) {
      wanted.set(specifier, new Set([...names, ...membersWanted(source, specifier, aliases)]));
    }
    optional = optionalRequires(source);
  }

  function checkLocal(specifier) {
    if (!LOCAL.test(specifier)) return;
    throw new Error(
      `the bundle imports "${specifier}", but a bundle is one file: bundle that module in`,
    );
  }

  /** The exports of an imported module, with stand-ins for names that it lacks. */
  function importModule(specifier) {
    checkLocal(specifier);
    const { exports, refuse, names = [] } = catalogue(specifier);
    const module = requireModule(specifier);
    const result = {};
    for (const key of Object.keys(exports)) result[key] = exports[key];
    for (const key of [...names, ...(wanted.get(specifier) ?? [])]) {
      if (!Object.hasOwn(result, key) && key !== "default") {
        result[key] = memberOf(module, key) ?? standIn(`${specifier}.${key}`, refuse);
      }
    }
    if (!Object.hasOwn(result, "default")) result.default = module;
    return result;
  }

  // A namespace's members are looked for only where any member may be asked for: it takes time.
  function membersWanted(source, specifier, aliases) {
    if (aliases.size === 0 || LOCAL.test(specifier) || !catalogue(specifier).open) return [];
    return [...aliases].flatMap((alias) => membersOf(source, alias));
  }

  /** What `require(specifier)` returns: one object for each module. */
  function requireModule(specifier) {
    checkLocal(specifier);
    const name = specifier.replace(/^node:/, "");
    if (!required.has(name)) required.set(name, build(name));
    return required.get(name);
  }

  function build(specifier) {
    const { exports, whole, refuse, known } = catalogue(specifier);
    if (!known) return standIn(specifier, refuse);
    return whole ?? openModule(specifier, { ...exports, __esModule: true }, refuse);
  }

  /** `require` of a program: what it can do without, it is told to be missing. */
  function requireFromProgram(specifier) {
    if (optional.has(specifier) && !catalogue(specifier).known) {
      const error = new Error(`Cannot find module '${specifier}'`);
      error.code = "MODULE_NOT_FOUND";
      throw error;
    }
    return requireModule(specifier);
  }

  return { prepare, importModule, requireModule: requireFromProgram };
}
