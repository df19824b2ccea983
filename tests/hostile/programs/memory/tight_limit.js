// attacks: a tool that needs a little more than a tight limit
// expect: MEMORY_EXCEEDED
// limits: memory 12M, fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (let i = 0; i < 1e6; i++) kept.push({ i });
        return kept.length;
      },
    },
  },
};
