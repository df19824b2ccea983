// The `require` of CommonJS bundles, and of those that make one with `createRequire`.
import { requireNotFound } from "./not-found.js";

const PATH = /^(?:\.{0,2}\/|#)/;

/** `ERR_INVALID_ARG_TYPE` as `require` throws it. */
function notText(value) {
  const error = new TypeError(`The "id" argument must be of type string. Received ${value === null ? "null" : typeof value}`);
  return Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/**
 * Makes `makeRequire(main)`: a require function over `find(specifier)`, with Node's extra members;
 * `main` is the main program's module. `isThere(specifier)` says whether it would find a module,
 * `lacked(specifier)` is told of one that was not found.
 */
export function requireFactory(find, isThere, lacked) {
  return function makeRequire(main) {
    const require = (specifier) => {
      if (typeof specifier !== "string") throw notText(specifier);
      try {
        return find(specifier);
      } catch (error) {
        lacked(specifier);
        throw error;
      }
    };
    const resolve = (specifier) => {
      if (typeof specifier !== "string") throw notText(specifier);
      if (PATH.test(specifier) || !isThere(specifier)) throw requireNotFound(specifier);
      return specifier;
    };
    require.resolve = Object.assign(resolve, { paths: () => [] });
    require.main = main;
    require.cache = {};
    require.extensions = {};
    return require;
  };
}
