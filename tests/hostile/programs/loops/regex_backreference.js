// attacks: catastrophic backtracking with a back reference
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return /^(.*)(.*)(.*)(.*)\1\2\3\4x$/.test("ab".repeat(400));
      },
    },
  },
};
