// attacks: nested functions given to the parser
// expect: one of STACK_OVERFLOW, THROWN SyntaxError: the parser words its own limit as a syntax error in some places
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return typeof eval("function f(){".repeat(100000) + "}".repeat(100000));
      },
    },
  },
};
