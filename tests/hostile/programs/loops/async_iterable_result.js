// attacks: a result that is an async iterable without an end
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }) }) };
      },
    },
  },
};
