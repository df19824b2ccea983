// attacks: nested functions given to the parser
// expect: THROWN SyntaxError
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
