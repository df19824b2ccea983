// attacks: ever new functions made from text
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (let i = 0; ; i++) kept.push(new Function("a", `return a + ${i} + "${"x".repeat(2000)}"`));
      },
    },
  },
};
