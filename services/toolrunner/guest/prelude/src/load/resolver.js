// From a specifier to the exports that a program gets, for `import` and for `require`.
import { openModule, standIn } from "./standins.js";
import { mentionsFiles } from "./mentions.js";
import { membersOf, optionalRequires, wantedNames } from "./imports.js";

const LOCAL = /^(?:\.{0,2}\/|#|[a-z]{2,}:\/\/|data:|file:)/;

// A module may be a function, whose `caller` and `arguments` throw; minified programs seem to read
// them, since a namespace's short alias names many other things too.
function memberOf(module, key) {
  try {
    return module[key];
  } catch {
    return undefined;
  }
}

/**
 * `catalogue(name)` describes a module: `exports` for `import`, `whole` for `require` (made from
 * `exports` when missing), `refuse`, which makes the error for a missing member, `known` if the
 * sandbox knows the module at all, `names` that it usually has, and `open` if it has a stand-in for
 * any other name.
 */
export function createResolver(catalogue) {
  let wanted = new Map();
  let optional = new Set();
  const required = new Map();

  /** Set the names that this program imports from each module. */
  function prepare(source, isModule) {
    wanted = new Map();
    for (const [specifier, { names, aliases }] of wantedNames(source, isModule)) {
      wanted.set(specifier, new Set([...names, ...membersWanted(source, specifier, aliases)]));
    }
    optional = optionalRequires(source);
    // Asked for by a call first, it would be evaluated again in every call.
    if (mentionsFiles(source, wanted)) requireModule("fs");
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

  // Members of a namespace are scanned for only where any member is possible: the scan is slow.
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

  /** A program's `require`: modules it can do without are reported as not found. */
  function requireFromProgram(specifier) {
    if (optional.has(specifier) && !catalogue(specifier).known) {
      const error = new Error(`Cannot find module '${specifier}'`);
      error.code = "MODULE_NOT_FOUND";
      throw error;
    }
    if (catalogue(specifier).absent) {
      const error = new Error(`No such built-in module: node:${specifier.replace(/^node:/, "")}`);
      error.code = "ERR_UNKNOWN_BUILTIN_MODULE";
      throw error;
    }
    return requireModule(specifier);
  }

  return { prepare, importModule, requireModule: requireFromProgram };
}
