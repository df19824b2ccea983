// attacks: a hundred thousand nested templates given to the parser
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return eval("`${".repeat(100000));
      },
    },
  },
};
