// attacks: Function.prototype.apply with an array-like of four billion items
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return Math.max.apply(null, { length: 2 ** 32 - 1 });
      },
    },
  },
};
