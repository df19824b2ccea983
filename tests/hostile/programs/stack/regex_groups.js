// attacks: a regular expression nested a hundred thousand groups deep
// expect: one of THROWN SyntaxError, STACK_OVERFLOW: the engine calls its stack limit a syntax error here
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("(?:".repeat(100000) + ")".repeat(100000)).test("");
      },
    },
  },
};
