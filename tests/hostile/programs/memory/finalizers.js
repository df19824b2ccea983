// attacks: a finalization registry with ever more held values
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        const registry = new FinalizationRegistry(() => {});
        for (;;) {
          const target = {};
          kept.push(target);
          registry.register(target, new Array(100).fill(1));
        }
      },
    },
  },
};
