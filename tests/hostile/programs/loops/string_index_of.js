// attacks: quadratic searching in a long string
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const text = "a".repeat(1 << 20);
        const needle = "a".repeat(1 << 16) + "b";
        for (;;) text.indexOf(needle);
      },
    },
  },
};
