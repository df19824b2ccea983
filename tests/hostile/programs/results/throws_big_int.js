// attacks: a BigInt thrown
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw 10n;
      },
    },
  },
};
