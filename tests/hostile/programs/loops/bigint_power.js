// attacks: a BigInt power of four billion bits
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return String(2n ** 4294967295n).length;
      },
    },
  },
};
