// The `require` of CommonJS bundles, and of those that make one with `createRequire`.

/** Makes `makeRequire()`: a require function over `find(specifier)`, with Node's extra members. */
export function requireFactory(find) {
  return function makeRequire() {
    const require = (specifier) => {
      if (typeof specifier !== "string") throw new TypeError("require needs a module name");
      return find(specifier);
    };
    require.resolve = (specifier) => specifier;
    require.cache = {};
    require.extensions = {};
    return require;
  };
}
