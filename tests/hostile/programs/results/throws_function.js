// attacks: a function thrown
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw () => {};
      },
    },
  },
};
