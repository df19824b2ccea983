// From a specifier to the exports that a program gets, for `import` and for `require`.
import { PROGRAM_FILE } from "../core/kinds.js";
import { exec, indexOf, lastIndexOf, NativeError, slice } from "../core/primordials.js";
import { mentionsFiles } from "./mentions.js";
import { builtinNotFound, importNotFound, requireNotFound } from "./not-found.js";
import { isCalling, openModule, standInOf } from "./standins.js";
import { membersOf, optionalRequires, importedRequires, wantedNames } from "./imports.js";

const LOCAL = /^(?:\.{0,2}\/|#|[a-z]{2,}:\/\/|data:|file:)/;

// Frames of the top level, and of a function that a bundler wraps around it.
const TOP = /^    at <anonymous> \(bundle\.js:\d+:\d+\)$/;
const MAX_DEPTH = 2;

// Whether the bundle's top level calls, and none of its functions: what is required there is what
// an `import` was before it was bundled.
function isOfTopLevel() {
  const { stack } = new NativeError();
  if (isCalling() || typeof stack !== "string") return false;
  let depth = 0;
  for (let from = Math.max(0, indexOf(stack, PROGRAM_FILE)), end; from < stack.length; from = end + 1) {
    const start = depth === 0 ? lastIndexOf(stack, "\n", from) + 1 : from;
    end = indexOf(stack, "\n", from);
    if (end < 0) end = stack.length;
    const line = slice(stack, start, end);
    if (indexOf(line, PROGRAM_FILE) < 0) return depth > 0;
    if (exec(TOP, line) === null || ++depth > MAX_DEPTH) return false;
  }
  return depth > 0;
}

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
 * sandbox knows the module at all, and `open` if it has a stand-in for any other name. `nature` is that of its stand-ins (standins.js), by default one that refuses.
 */
export function createResolver(catalogue) {
  let wanted = new Map();
  let optional = new Set();
  let imported = new Set();
  let hasImports = false;
  const required = new Map();

  /** Set the names that this program imports from each module. */
  function prepare(source, isModule) {
    wanted = new Map();
    for (const [specifier, { names, aliases }] of wantedNames(source, isModule)) {
      wanted.set(specifier, new Set([...names, ...membersWanted(source, specifier, aliases)]));
    }
    // What a module imports is imported, also after it was bundled.
    hasImports = isModule;
    optional = isModule ? new Set() : optionalRequires(source);
    imported = isModule ? new Set() : importedRequires(source);
    // Asked for by a call first, it would be evaluated again in every call.
    if (mentionsFiles(source, wanted)) requireModule("fs");
  }

  function checkLocal(specifier) {
    if (!LOCAL.test(specifier)) return;
    throw new Error(
      `the bundle imports "${specifier}", but a bundle is one file: bundle that module in`,
    );
  }

  /**
   * The exports of an imported module, with stand-ins for names that it lacks. What the bundle
   * imports later, by `import()`, is not found unless the sandbox has it.
   */
  function importModule(specifier, isStatic) {
    if (!isStatic && catalogue(specifier).absent) throw builtinNotFound(specifier);
    if (!isStatic && (LOCAL.test(specifier) || !catalogue(specifier).known)) throw importNotFound(specifier);
    checkLocal(specifier);
    const { exports, refuse, nature = refuse } = catalogue(specifier);
    const module = requireModule(specifier);
    const result = {};
    for (const key of Object.keys(exports)) result[key] = exports[key];
    for (const key of wanted.get(specifier) ?? []) {
      if (!Object.hasOwn(result, key) && key !== "default") {
        result[key] = memberOf(module, key) ?? standInOf(`${specifier}.${key}`, nature);
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
    const name = specifier.replace(/^node:/, "");
    if (!required.has(name)) required.set(name, build(name));
    return required.get(name);
  }

  function build(specifier) {
    const { exports, whole, refuse, known, nature = refuse } = catalogue(specifier);
    if (!known) return standInOf(specifier, nature);
    return whole ?? openModule(specifier, { ...exports, __esModule: true }, nature);
  }

  const isThere = (specifier) => !LOCAL.test(specifier) && catalogue(specifier).known;

  /** What `import.meta.resolve(specifier)` gives: the address of a module. */
  function resolveModule(specifier) {
    const name = `${specifier}`;
    if (LOCAL.test(name) && !name.startsWith("#")) return new URL(name, `file:///${PROGRAM_FILE}`).href;
    const { known, absent } = catalogue(name);
    if (absent) throw builtinNotFound(name);
    if (!known) throw importNotFound(name);
    return absent === false ? `node:${name.replace(/^node:/, "")}` : `file:///node_modules/${name}`;
  }

  // A package that the bundle needs from the start gets a stand-in, as one that it imports does.
  function isNeeded(specifier) {
    if (LOCAL.test(specifier) || specifier.startsWith("node:")) return false;
    if (required.has(specifier)) return true;
    return !hasImports && !isCalling() && !optional.has(specifier) && (imported.has(specifier) || isOfTopLevel());
  }

  /** A program's `require`. */
  function requireFromProgram(specifier) {
    if (catalogue(specifier).absent) throw builtinNotFound(specifier);
    if (!isThere(specifier) && !isNeeded(specifier)) throw requireNotFound(specifier);
    return requireModule(specifier);
  }

  importModule.resolve = resolveModule; // the shim makes it a member of `import.meta`
  return { prepare, importModule, isThere, requireModule: requireFromProgram };
}
