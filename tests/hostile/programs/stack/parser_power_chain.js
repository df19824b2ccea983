// attacks: a right-associative chain of powers given to the parser
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return eval("1" + "**1".repeat(200000));
      },
    },
  },
};
