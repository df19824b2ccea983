// attacks: a string longer than an engine string may be
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return "abc".repeat(2 ** 30).length;
      },
    },
  },
};
