// attacks: a million opening parentheses given to the parser
// expect: one of STACK_OVERFLOW, THROWN SyntaxError: the parser meets its stack limit before the end of the text
export default {
  tools: {
    run: {
      async execute() {
        return eval("(".repeat(1e6) + "1" + ")".repeat(1e6));
      },
    },
  },
};
