// attacks: a match that keeps a million states to go back to
// expect: one of result true, THROWN InternalError, MEMORY_EXCEEDED: the states are on a heap stack of the engine
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
