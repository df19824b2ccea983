// attacks: an error that only looks like a stack overflow
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        throw new RangeError("Maximum call stack size exceeded");
      },
    },
  },
};
