// attacks: for-of over a set that never runs out
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const seen = new Set([0]);
        for (const n of seen) { seen.delete(n); seen.add(n + 1); }
      },
    },
  },
};
