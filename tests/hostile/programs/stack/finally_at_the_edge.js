// attacks: a rejection made at the very edge of the stack
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const down = () => Promise.reject(down());
        await down();
      },
    },
  },
};
