// attacks: a thenable that resolves and then throws
// expect: result 1
export default {
  tools: {
    run: {
      async execute() {
        return { then(resolve) { resolve(1); throw new Error("too late"); } };
      },
    },
  },
};
