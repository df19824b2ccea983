// attacks: nested lookaheads in a regular expression
// expect: one of THROWN SyntaxError, STACK_OVERFLOW: the engine calls its stack limit a syntax error here
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("(?=".repeat(50000) + ")".repeat(50000)).test("");
      },
    },
  },
};
