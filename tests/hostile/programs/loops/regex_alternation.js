// attacks: catastrophic backtracking of overlapping alternatives
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return /^(?:ab|a|b|ba)*$/.test("ab".repeat(60) + "c");
      },
    },
  },
};
