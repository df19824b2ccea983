// attacks: nested character class sets in a regular expression
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("[".repeat(100000) + "a" + "]".repeat(100000), "v").test("a");
      },
    },
  },
};
