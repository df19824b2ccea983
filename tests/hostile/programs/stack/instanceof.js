// attacks: Symbol.hasInstance that asks itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = { [Symbol.hasInstance]: (value) => value instanceof again };
        return 1 instanceof again;
      },
    },
  },
};
