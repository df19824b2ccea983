// attacks: globals replaced by getters that throw
// expect: result "fine"
export default {
  tools: {
    run: {
      async execute() {
        for (const name of ["Promise", "JSON", "Array", "Object", "Error", "String", "Reflect", "Symbol", "Map", "console", "setTimeout"]) {
          Object.defineProperty(globalThis, name, { get() { throw new EvalError(`no ${name}`); }, configurable: true });
        }
        return "fine";
      },
    },
  },
};
