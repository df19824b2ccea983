// attacks: a BigInt in the result
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        return { count: 1n };
      },
    },
  },
};
