// attacks: a million `new` given to the parser
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return eval("new ".repeat(1e6) + "Object");
      },
    },
  },
};
