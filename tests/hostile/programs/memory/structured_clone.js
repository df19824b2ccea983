// attacks: structuredClone of what is shared a thousandfold
// expect: MEMORY_EXCEEDED
// limits: fuel 60G, memory 24M
export default {
  tools: {
    run: {
      async execute() {
        let data = new Array(100000).fill("x");
        const kept = [];
        for (;;) kept.push(structuredClone(data));
      },
    },
  },
};
