// attacks: nested destructuring patterns given to the parser
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return eval(`var ${"[".repeat(100000)}a${"]".repeat(100000)} = 1`);
      },
    },
  },
};
