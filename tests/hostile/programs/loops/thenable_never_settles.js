// attacks: a thenable that never calls back
// expect: NEVER_SETTLED
export default {
  tools: {
    run: {
      async execute() {
        return { then() {} };
      },
    },
  },
};
