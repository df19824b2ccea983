// attacks: a custom inspect function that walks from the formatter to Function
// expect: result ["undefined","undefined"]
export default {
  tools: {
    run: {
      async execute(input, options) {
        let found;
        console.log({ [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
          const scope = inspect.constructor("return globalThis")();
          found = [typeof scope.native, typeof scope.process.mainModule];
          return "custom";
        } });
        return found;
      },
    },
  },
};
