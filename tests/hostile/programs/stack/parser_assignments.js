// attacks: a chain of two hundred thousand assignments given to the parser
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return eval("a=".repeat(200000) + "1");
      },
    },
  },
};
