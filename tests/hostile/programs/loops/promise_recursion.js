// attacks: a promise chain that never stops chaining
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const again = () => Promise.resolve().then(again);
        await again();
      },
    },
  },
};
