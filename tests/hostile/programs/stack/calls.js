// attacks: recursion without end
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const down = () => down() + 1;
        return down();
      },
    },
  },
};
