// attacks: a hundred thousand conditionals given to the parser
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return eval("1?".repeat(100000) + "1");
      },
    },
  },
};
