// attacks: recursion that catches its overflow and recurses again
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const down = () => { try { down(); } catch { down(); } finally { down(); } };
        return down();
      },
    },
  },
};
