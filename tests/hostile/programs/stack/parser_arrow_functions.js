// attacks: a hundred thousand nested arrow functions given to the parser
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return typeof eval("a=>".repeat(100000) + "1");
      },
    },
  },
};
