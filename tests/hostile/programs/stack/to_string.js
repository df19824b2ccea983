// attacks: toString that needs itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return String({ toString() { return `${this}`; } });
      },
    },
  },
};
