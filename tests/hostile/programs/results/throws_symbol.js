// attacks: a symbol thrown
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw Symbol("oops");
      },
    },
  },
};
