// attacks: errors that are kept with their stacks
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        const down = (n) => (n === 0 ? kept.push(new Error("x".repeat(1000))) : down(n - 1));
        for (;;) down(50);
      },
    },
  },
};
