// attacks: a million conditionals given to the parser
// expect: STACK_OVERFLOW RangeError
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        return eval("1?".repeat(1e6) + "1");
      },
    },
  },
};
