// attacks: a regular expression nested a hundred thousand groups deep
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("(?:".repeat(100000) + ")".repeat(100000)).test("");
      },
    },
  },
};
