// attacks: splicing an array-like of 2**53-1 items
// expect: one of FUEL_EXHAUSTED, MEMORY_EXCEEDED, THROWN: the engine may refuse the length of what is removed
export default {
  tools: {
    run: {
      async execute() {
        return Array.prototype.splice.call({ length: 2 ** 53 - 1 }, 0, 2 ** 53 - 2);
      },
    },
  },
};
