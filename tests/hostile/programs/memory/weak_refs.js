// attacks: weak references without end
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (;;) kept.push(new WeakRef({}));
      },
    },
  },
};
