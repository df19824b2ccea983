// attacks: a lone surrogate as a key of the result
// expect: result {"\udead":1}
export default {
  tools: {
    run: {
      async execute() {
        return { "\udead": 1 };
      },
    },
  },
};
