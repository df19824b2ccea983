// attacks: the performance clock, read while work is done
// expect: result [1,true]
export default {
  tools: {
    run: {
      async execute() {
        const seen = new Set();
        for (let i = 0; i < 2000; i++) { seen.add(performance.now()); "x".repeat(100).split(""); }
        return [seen.size, [...seen][0] % 1 === 0];
      },
    },
  },
};
