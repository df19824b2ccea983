// From a specifier to the exports that a program gets, for `import` and for `require`.
import { openModule, standIn } from "./standins.js";
import { optionalRequires, wantedNames } from "./imports.js";

const LOCAL = /^(?:\.{0,2}\/|#|[a-z]{2,}:\/\/|data:|file:)/;

function isCallable(value) {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

/**
 * `catalogue(name)` gives `{exports, refuse, open}` of a module: its members, the error for a
 * member that it lacks, and whether it may be treated as having any member.
 */
export function createResolver(catalogue) {
  let wanted = new Map();
  let optional = new Set();
  const required = new Map();

  /** Take the names that this program wants of each module. */
  function prepare(source, isModule) {
    wanted = isModule ? wantedNames(source) : new Map();
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
    const { exports, refuse } = catalogue(specifier);
    const result = {};
    for (const key of Object.keys(exports)) result[key] = exports[key];
    for (const key of wanted.get(specifier) ?? []) {
      if (!Object.hasOwn(result, key) && key !== "default") {
        result[key] = missing(specifier, key, exports, refuse);
      }
    }
    if (!Object.hasOwn(result, "default")) result.default = requireModule(specifier);
    return result;
  }

  function missing(specifier, key, exports, refuse) {
    const fallback = exports.default;
    if (isCallable(fallback) && Object.hasOwn(fallback, key)) return fallback[key];
    const module = requireModule(specifier);
    return isCallable(module) && key in module ? module[key] : standIn(`${specifier}.${key}`, refuse);
  }

  /** What `require(specifier)` returns: one object for each module. */
  function requireModule(specifier) {
    checkLocal(specifier);
    if (!required.has(specifier)) required.set(specifier, build(specifier));
    return required.get(specifier);
  }

  function build(specifier) {
    const { exports, refuse, known } = catalogue(specifier);
    if (!known && optional.has(specifier)) {
      const error = new Error(`Cannot find module '${specifier}'`);
      error.code = "MODULE_NOT_FOUND";
      throw error;
    }
    if (isCallable(exports.default) && exports.default !== exports) return exports.default;
    return known ? openModule(specifier, exports, refuse) : standIn(specifier, refuse);
  }

  return { prepare, importModule, requireModule };
}
