// attacks: JSON text a million levels deep
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return JSON.parse("[".repeat(1e6));
      },
    },
  },
};
