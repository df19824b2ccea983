// attacks: globals replaced by getters that throw
// expect: result "fine"
export default {
  tools: {
    run: {
      async execute() {
        const { defineProperty } = Object;
        for (const name of ["Promise", "JSON", "Array", "Object", "Error", "String", "Reflect", "Symbol", "Map", "console", "setTimeout"]) {
          defineProperty(globalThis, name, { get() { throw new EvalError(`no ${name}`); }, configurable: true });
        }
        return "fine";
      },
    },
  },
};
