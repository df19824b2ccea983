// node:module: the loader is the sandbox's own, so that hooks and caches have no effect.
const { as, facts, inert, inertAll, notAvailable } = require("sandbox");

const PREFIX_ONLY = new Set(["sea", "sqlite", "test", "test/reporters"]);
const ABSENT = new Set(["sqlite"]);

function isBuiltin(name) {
  const text = `${name}`;
  const bare = text.replace(/^node:/, "");
  if (ABSENT.has(bare) || (bare === text && PREFIX_ONLY.has(bare))) return false;
  return facts().builtinModules.some((each) => each === bare || each === text);
}

class SourceMap {
  #payload;
  constructor(payload, { lineLengths } = {}) {
    this.#payload = payload;
    this.lineLengths = lineLengths;
  }
  get payload() {
    return structuredClone(this.#payload);
  }
  findEntry() {
    return {};
  }
  findOrigin() {
    return {};
  }
}

function stripTypeScriptTypes() {
  throw notAvailable("module.stripTypeScriptTypes of Node is not available in the sandbox: bundle to JavaScript");
}

/** Makes the module; `makeRequire()` gives a require function. */
module.exports = (makeRequire) => {
  class Module {
    constructor(id = "", parent = undefined) {
      this.id = id;
      this.path = id.replace(/\/[^/]*$/, "") || ".";
      this.exports = {};
      this.filename = null;
      this.loaded = false;
      this.children = [];
      if (parent) parent.children?.push(this);
    }
    require(name) {
      return makeRequire()(name);
    }
    load() {
      throw Object.assign(new Error(`Cannot find module '${this.id}'`), { code: "MODULE_NOT_FOUND", requireStack: [] });
    }
    _compile(content, filename) {
      const wrapper = require("vm").compileFunction(content, ["exports", "require", "module", "__filename", "__dirname"], { filename });
      return wrapper.call(this.exports, this.exports, makeRequire(), this, filename, this.path);
    }
    get isPreloading() {
      return false;
    }
    get parent() {
      return undefined;
    }
  }
  const extensions = { __proto__: null, ".js": inert(".js"), ".json": inert(".json"), ".node": inert(".node") };
  function createRequire(from) {
    const isPath = from instanceof URL || (typeof from === "string" && (/^file:/.test(from) || from.startsWith("/")));
    if (isPath) return makeRequire();
    const message = `The argument 'filename' must be a file URL object, file URL string, or absolute path string. Received ${typeof from === "string" ? `'${from}'` : from}`;
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  }
  const constants = Object.freeze({ __proto__: null, ...facts().module });
  return Object.assign(Module, {
    Module,
    SourceMap,
    createRequire,
    isBuiltin,
    builtinModules: facts().builtinModules.filter((name) => !ABSENT.has(name.replace(/^node:/, ""))),
    constants,
    _cache: Object.create(null),
    _pathCache: Object.create(null),
    _extensions: extensions,
    globalPaths: [],
    wrap: (script) => `(function (exports, require, module, __filename, __dirname) { ${script}\n});`,
    wrapper: ["(function (exports, require, module, __filename, __dirname) { ", "\n});"],
    _load: (name) => makeRequire()(name),
    _resolveFilename: (name) => makeRequire().resolve(name),
    ...inertAll({
      _debug: undefined,
      _initPaths: undefined,
      _preloadModules: undefined,
      _findPath: () => false,
      _nodeModulePaths: () => [],
      _resolveLookupPaths: () => [],
      syncBuiltinESMExports: undefined,
      runMain: undefined,
      register: undefined,
      registerHooks: () => ({ deregister() {} }),
      enableCompileCache: () => ({ status: constants.compileCacheStatus?.DISABLED ?? 3 }),
      flushCompileCache: undefined,
      getCompileCacheDir: undefined,
      findPackageJSON: undefined,
      findSourceMap: undefined,
      getSourceMapsSupport: () => Object.freeze({ __proto__: null, enabled: false, nodeModules: false, generatedCode: false }),
      setSourceMapsSupport: undefined,
    }),
    stripTypeScriptTypes: as("refused", stripTypeScriptTypes),
  });
};
