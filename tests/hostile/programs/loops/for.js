// attacks: a for loop without a condition
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        for (;;) {}
      },
    },
  },
};
