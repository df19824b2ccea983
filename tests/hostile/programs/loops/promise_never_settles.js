// attacks: a promise without any resolver
// expect: NEVER_SETTLED
export default {
  tools: {
    run: {
      async execute() {
        await new Promise(() => {});
      },
    },
  },
};
