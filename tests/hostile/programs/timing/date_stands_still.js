// attacks: the clock, read a hundred thousand times
// expect: result 1
export default {
  tools: {
    run: {
      async execute() {
        const seen = new Set();
        for (let i = 0; i < 100000; i++) seen.add(Date.now());
        return seen.size;
      },
    },
  },
};
