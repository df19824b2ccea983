// attacks: process.nextTick that calls itself
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const again = () => process.nextTick(again);
        again();
        await new Promise(() => {});
      },
    },
  },
};
