// attacks: text that breaks out of the parameters that the Function constructor builds
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return new Function("a) { return globalThis } //", "return 1")();
      },
    },
  },
};
