// attacks: a string repeated infinitely often
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return "abc".repeat(Infinity);
      },
    },
  },
};
