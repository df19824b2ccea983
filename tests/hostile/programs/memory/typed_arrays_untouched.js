// attacks: typed arrays that are never written to
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (;;) kept.push(new Float64Array(1 << 17));
      },
    },
  },
};
