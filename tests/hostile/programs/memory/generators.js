// attacks: suspended generators that are kept
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        function* waiting() { yield new Array(10).fill(1); }
        for (;;) {
          const generator = waiting();
          generator.next();
          kept.push(generator);
        }
      },
    },
  },
};
