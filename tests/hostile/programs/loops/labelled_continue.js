// attacks: a labelled continue that starts the outer loop again for ever
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        outer: for (;;) for (const step of [1, 2, 3]) if (step > 1) continue outer;
      },
    },
  },
};
