// attacks: microtasks that queue two of themselves each
// expect: one of MEMORY_EXCEEDED, FUEL_EXHAUSTED: each generation of microtasks needs twice the memory
// limits: fuel 4G
export default {
  tools: {
    run: {
      async execute() {
        const again = () => { queueMicrotask(again); queueMicrotask(again); };
        again();
        await new Promise(() => {});
      },
    },
  },
};
