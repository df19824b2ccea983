// attacks: an array-like of 2**53-1 items given to an array method
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
      },
    },
  },
};
