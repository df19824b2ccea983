// attacks: a match that keeps a million states to go back to
// expect: result true
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return /^(?:a|b)*?c$/.test("ab".repeat(500000) + "c");
      },
    },
  },
};
