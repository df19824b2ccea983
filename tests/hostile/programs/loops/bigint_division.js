// attacks: division of huge BigInts, again and again
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const big = 7n ** 200000n;
        const small = 3n ** 100000n;
        for (let rest = 0n; ; rest ^= big % small);
      },
    },
  },
};
