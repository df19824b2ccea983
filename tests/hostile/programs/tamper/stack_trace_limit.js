// attacks: Error.stackTraceLimit set to what is no limit
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        Error.stackTraceLimit = 1e9;
        const down = (n) => { if (n === 0) throw new Error("deep"); down(n - 1); };
        down(1000);
      },
    },
  },
};
