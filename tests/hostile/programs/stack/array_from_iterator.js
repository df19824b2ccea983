// attacks: an iterator method that iterates over its own object
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = { [Symbol.iterator]: () => [...again] };
        return [...again];
      },
    },
  },
};
