// attacks: an array made from an endless array-like
// expect: one of FUEL_EXHAUSTED, THROWN RangeError: the engine may refuse the length at once
export default {
  tools: {
    run: {
      async execute() {
        return Array.from({ length: 2 ** 53 - 1 }).length;
      },
    },
  },
};
