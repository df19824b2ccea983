// attacks: setImmediate that calls itself
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const again = () => setImmediate(again);
        again();
        await new Promise(() => {});
      },
    },
  },
};
