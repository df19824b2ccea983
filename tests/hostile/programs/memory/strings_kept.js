// attacks: strings that are kept
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (let i = 0; ; i++) kept.push(`${i}`.padEnd(100000, "x"));
      },
    },
  },
};
