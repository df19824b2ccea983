// Evaluates a bundle, as a module or as a script in a CommonJS wrapper, and keeps its exports.
import { MAIN_FILE, PROGRAM_FILE } from "../core/kinds.js";
import { HEAD, tailFor } from "./wrapper.js";

function plainScript(source) {
  return source.startsWith("#!") ? `//${source.slice(2)}` : source;
}

const moduleAt = (filename, id) => ({ exports: {}, id, filename, loaded: false, children: [], paths: [] });

// The bundle is imported by another file, as Node sees it: it is not the main program.
function moduleOf(mainFile) {
  const module = moduleAt(`/${PROGRAM_FILE}`, `/${PROGRAM_FILE}`);
  const parent = { ...moduleAt(mainFile, "."), children: [module] };
  Object.defineProperty(module, "parent", { value: parent, configurable: true, writable: true });
  return module;
}

/** The program of this guest; `loads(source)` is called before it is evaluated, and with nothing after. */
export function createProgram({ native, resolver, cleaner, makeRequire, recovery, loads }) {
  let exported = () => [];
  let globals = () => [];

  function runScript(source, recovers) {
    const module = moduleOf(MAIN_FILE);
    const require = makeRequire(module.parent);
    const before = new Set(Object.keys(globalThis));
    cleaner.setShift(HEAD.length);
    const wrapper = native.evalScript(HEAD + plainScript(source) + tailFor(source), PROGRAM_FILE, recovers);
    const initial = module.exports;
    // A script may put other exports in place of those that it was given.
    exported = () => (module.exports === initial ? [initial] : [module.exports, initial]);
    const added = () => {
      const names = Object.keys(globalThis).filter((key) => !before.has(key));
      return Object.fromEntries(names.map((key) => [key, globalThis[key]]));
    };
    globals = () => [added()];
    const scope = wrapper.call(initial, initial, require, module, `/${PROGRAM_FILE}`, "/");
    module.loaded = true;
    globals = () => [scope ?? {}, added()];
  }

  async function runModule(source, recovers) {
    const { promise, namespace } = native.evalModule(source, PROGRAM_FILE, recovers);
    exported = () => [namespace];
    await promise;
  }

  /**
   * Evaluate the program; settles with its top level, rejecting with what it threw. With `recovers`
   * it goes on after statements that fail.
   */
  async function evaluate(source, isModule, recovers) {
    resolver.prepare(source, isModule);
    recovery.watch(source);
    if (recovers) recovery.begin(source);
    loads(source);
    try {
      if (isModule) await runModule(source, recovers);
      else runScript(source, recovers);
    } catch (error) {
      if (!recovery.isEnd(error)) throw error;
    } finally {
      loads("");
      if (recovers) recovery.end();
    }
  }

  return { evaluate, exported: () => exported(), globals: () => globals() };
}
