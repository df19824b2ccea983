// attacks: a result whose JSON is far larger than it is itself
// expect: one of MEMORY_EXCEEDED, FUEL_EXHAUSTED: the writer needs both
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let wide = "x".repeat(1000);
        for (let i = 0; i < 8; i++) wide = new Array(10).fill(wide);
        return wide;
      },
    },
  },
};
