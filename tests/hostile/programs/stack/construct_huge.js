// attacks: Reflect.construct with an array-like of a billion items
// expect: one of STACK_OVERFLOW, THROWN RangeError: the engine bounds arguments by count and by stack
export default {
  tools: {
    run: {
      async execute() {
        return Reflect.construct(Array, { length: 2 ** 30 }).length;
      },
    },
  },
};
