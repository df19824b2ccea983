// attacks: splicing an array-like of 2**53-1 items
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return Array.prototype.splice.call({ length: 2 ** 53 - 1 }, 0, 2 ** 53 - 2);
      },
    },
  },
};
