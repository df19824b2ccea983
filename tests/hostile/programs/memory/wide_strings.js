// attacks: strings of two-byte characters
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (let i = 0; ; i++) kept.push("\u4e00".repeat(100000) + i);
      },
    },
  },
};
