// attacks: Function.prototype.apply with an array-like of four billion items
// expect: one of STACK_OVERFLOW, THROWN RangeError: the engine bounds arguments by count and by stack
export default {
  tools: {
    run: {
      async execute() {
        return Math.max.apply(null, { length: 2 ** 32 - 1 });
      },
    },
  },
};
