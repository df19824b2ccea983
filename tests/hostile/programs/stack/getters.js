// attacks: a getter that reads itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return { get value() { return this.value; } }.value;
      },
    },
  },
};
