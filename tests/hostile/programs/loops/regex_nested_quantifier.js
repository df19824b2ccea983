// attacks: catastrophic backtracking of nested quantifiers
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return /^(a+)+$/.test("a".repeat(60) + "b");
      },
    },
  },
};
