// attacks: the clock between microtasks
// expect: result 1
export default {
  tools: {
    run: {
      async execute() {
        const seen = new Set();
        for (let i = 0; i < 1000; i++) { await null; seen.add(Date.now()); }
        return seen.size;
      },
    },
  },
};
