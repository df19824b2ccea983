// attacks: a long string split into its characters, kept many times
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (;;) kept.push("abcdefgh".repeat(1 << 14).split(""));
      },
    },
  },
};
