// attacks: one array that only grows
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const items = [];
        for (;;) items.push(0);
      },
    },
  },
};
