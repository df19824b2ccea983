// attacks: undefined thrown
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw undefined;
      },
    },
  },
};
