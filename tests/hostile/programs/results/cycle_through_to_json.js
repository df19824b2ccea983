// attacks: a cycle that only toJSON shows
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        const cycle = { toJSON() { return { inner: holder }; } };
        const holder = { cycle, get again() { return holder; } };
        return holder;
      },
    },
  },
};
