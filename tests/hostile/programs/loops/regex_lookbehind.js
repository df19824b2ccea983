// attacks: catastrophic backtracking in a lookbehind
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return /(?<=^(?:x+x+)+)y/.test("z" + "x".repeat(60) + "y");
      },
    },
  },
};
