// attacks: text encoded into buffers that are kept
// expect: MEMORY_EXCEEDED
// limits: fuel 60G, memory 20M
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (;;) kept.push(new TextEncoder().encode("\u20ac".repeat(10000)));
      },
    },
  },
};
