// attacks: destructuring with a default that loops
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const { missing = (() => { for (;;) {} })() } = {};
        return missing;
      },
    },
  },
};
