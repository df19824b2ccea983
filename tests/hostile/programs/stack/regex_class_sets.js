// attacks: nested character class sets in a regular expression
// expect: one of THROWN SyntaxError, STACK_OVERFLOW: the engine calls its stack limit a syntax error here
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("[".repeat(100000) + "a" + "]".repeat(100000), "v").test("a");
      },
    },
  },
};
