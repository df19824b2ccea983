// attacks: null thrown
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw null;
      },
    },
  },
};
