// attacks: squaring a BigInt until it fits nowhere
// expect: one of FUEL_EXHAUSTED, THROWN RangeError: the engine bounds a BigInt, but multiplying up to that bound is quadratic
export default {
  tools: {
    run: {
      async execute() {
        let big = 3n;
        for (;;) big *= big;
      },
    },
  },
};
