// attacks: `with` and Symbol.unscopables over the global object
// expect: result ["undefined","undefined"]
export default {
  tools: {
    run: {
      async execute() {
        return Function("with (globalThis) { with ({ [Symbol.unscopables]: { emit: true }, emit: 1 }) { return [typeof emit, typeof native]; } }")();
      },
    },
  },
};
