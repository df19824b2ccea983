// attacks: nested lookaheads in a regular expression
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("(?=".repeat(50000) + ")".repeat(50000)).test("");
      },
    },
  },
};
