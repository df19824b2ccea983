// node:vm: code runs in this realm, the only one; what needs a realm of its own is refused.
const { as, notAvailable, evalScript } = require("sandbox");

const none = (what) =>
  Object.assign(notAvailable(`vm.${what}: the sandbox has no other realms; use vm.runInThisContext, or a function of its arguments`), { code: "ERR_VM_CONTEXT_NOT_AVAILABLE" });

const fileOf = (options) => (typeof options === "string" ? options : options?.filename) ?? "evalmachine.<anonymous>";

function checkCode(code) {
  if (typeof code === "string") return code;
  throw Object.assign(new TypeError('The "code" argument must be of type string.'), { code: "ERR_INVALID_ARG_TYPE" });
}

class Script {
  #code;
  #file;
  constructor(code, options) {
    this.#code = checkCode(`${code}`);
    this.#file = fileOf(options);
    evalScript(`(function () {${this.#code}\n})`, this.#file); // an error of syntax shows now
    this.cachedDataRejected = undefined;
    this.sourceMapURL = /\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(this.#code)?.[1];
  }
  runInThisContext() {
    return evalScript(this.#code, this.#file);
  }
  runInContext() {
    throw none("Script.runInContext");
  }
  runInNewContext() {
    throw none("Script.runInNewContext");
  }
  createCachedData() {
    return Buffer.alloc(0);
  }
}

function compileFunction(code, parameters = [], options = {}) {
  if (options.parsingContext !== undefined) throw none("compileFunction with a parsingContext");
  return evalScript(`(function (${parameters.join(",")}) {${checkCode(code)}\n})`, fileOf(options));
}

const refusing = (name) =>
  as("refused", () => {
    throw none(name);
  });

module.exports = {
  Script,
  createContext: refusing("createContext"),
  createScript: (code, options) => new Script(code, options),
  runInContext: refusing("runInContext"),
  runInNewContext: refusing("runInNewContext"),
  runInThisContext: (code, options) => evalScript(checkCode(code), fileOf(options)),
  isContext(object) {
    if (typeof object !== "object" || object === null) throw Object.assign(new TypeError('The "object" argument must be of type object.'), { code: "ERR_INVALID_ARG_TYPE" });
    return false;
  },
  compileFunction,
  measureMemory: as("refused", async () => {
    throw none("measureMemory");
  }),
  constants: Object.freeze({ __proto__: null, USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol("vm_dynamic_import_main_context_default"), DONT_CONTEXTIFY: Symbol("vm_context_no_contextify") }),
};
