// attacks: reversing an array-like of 2**53-1 items
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return Array.prototype.reverse.call({ length: 2 ** 53 - 1 });
      },
    },
  },
};
