// attacks: Reflect.construct with an array-like of a billion items
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return Reflect.construct(Array, { length: 2 ** 30 }).length;
      },
    },
  },
};
