// Evaluates a bundle, as a module or as a script in a CommonJS wrapper, and keeps its exports.
import { PROGRAM_FILE } from "../core/kinds.js";
import { HEAD, tailFor } from "./wrapper.js";

function plainScript(source) {
  return source.startsWith("#!") ? `//${source.slice(2)}` : source;
}

/** The program of this guest; `loads(source)` is called before it is evaluated, and with nothing after. */
export function createProgram({ native, resolver, cleaner, makeRequire, loads }) {
  let exported = () => [];
  let globals = () => [];

  function runScript(source) {
    const module = { exports: {}, id: ".", filename: `/${PROGRAM_FILE}`, loaded: false, children: [], paths: [] };
    const require = makeRequire();
    require.main = module;
    const before = new Set(Object.keys(globalThis));
    cleaner.setShift(HEAD.length);
    const wrapper = native.evalScript(HEAD + plainScript(source) + tailFor(source), PROGRAM_FILE);
    const initial = module.exports;
    const scope = wrapper.call(initial, initial, require, module, `/${PROGRAM_FILE}`, "/");
    module.loaded = true;
    exported = () => [module.exports];
    globals = () => {
      const added = Object.keys(globalThis).filter((key) => !before.has(key));
      return [scope ?? {}, Object.fromEntries(added.map((key) => [key, globalThis[key]]))];
    };
  }

  async function runModule(source) {
    const { promise, namespace } = native.evalModule(source, PROGRAM_FILE);
    exported = () => [namespace];
    await promise;
  }

  /** Evaluate the program; settles with its top level, rejecting with what it threw. */
  async function evaluate(source, isModule) {
    resolver.prepare(source, isModule);
    loads(source);
    try {
      if (isModule) await runModule(source);
      else runScript(source);
    } finally {
      loads("");
    }
  }

  return { evaluate, exported: () => exported(), globals: () => globals() };
}
