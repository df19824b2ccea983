// attacks: terminal escapes, NUL and bidirectional overrides in a console line
// expect: result "shown"
// console: "\u001b[2J\u0000\u202e\u0007"
export default {
  tools: {
    run: {
      async execute() {
        console.log("\u001b[2J\u0000\u202e\u0007");
        return "shown";
      },
    },
  },
};
