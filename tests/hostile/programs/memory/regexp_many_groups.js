// attacks: a regular expression of a million groups
// expect: THROWN SyntaxError
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("()".repeat(1e6)).test("");
      },
    },
  },
};
