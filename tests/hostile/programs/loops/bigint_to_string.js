// attacks: the decimal digits of a huge BigInt, again and again
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const big = 7n ** 100000n;
        let digits = 0;
        for (;;) digits += String(big).length;
      },
    },
  },
};
