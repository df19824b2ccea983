// attacks: a thenable as a member of the result, which nobody awaits
// expect: result {"inner":{}}
export default {
  tools: {
    run: {
      async execute() {
        return { inner: { then(resolve) { resolve("never asked"); } } };
      },
    },
  },
};
