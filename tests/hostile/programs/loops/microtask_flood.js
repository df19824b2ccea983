// attacks: queueMicrotask that queues itself
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const again = () => queueMicrotask(again);
        again();
        await new Promise(() => {});
      },
    },
  },
};
