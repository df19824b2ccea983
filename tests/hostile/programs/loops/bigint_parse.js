// attacks: parsing a BigInt of ten million digits
// expect: one of FUEL_EXHAUSTED, THROWN: the engine may refuse the size or spend its fuel on the digits
export default {
  tools: {
    run: {
      async execute() {
        return typeof BigInt("9".repeat(1e7));
      },
    },
  },
};
