// attacks: a symbol as the result
// expect: result null
export default {
  tools: {
    run: {
      async execute() {
        return Symbol("secret");
      },
    },
  },
};
