// attacks: Symbol.toPrimitive that needs itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const loop = { [Symbol.toPrimitive]: () => +loop };
        return +loop;
      },
    },
  },
};
