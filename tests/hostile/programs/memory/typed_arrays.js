// attacks: typed arrays that are filled and kept
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
      },
    },
  },
};
