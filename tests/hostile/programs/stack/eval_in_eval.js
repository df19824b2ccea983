// attacks: eval that calls eval without end
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = () => eval("again()") + 1;
        return again();
      },
    },
  },
};
