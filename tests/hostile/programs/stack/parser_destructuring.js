// attacks: nested destructuring patterns given to the parser
// expect: one of STACK_OVERFLOW, THROWN SyntaxError: the parser words its own limit as a syntax error in some places
export default {
  tools: {
    run: {
      async execute() {
        return eval(`var ${"[".repeat(100000)}a${"]".repeat(100000)} = 1`);
      },
    },
  },
};
