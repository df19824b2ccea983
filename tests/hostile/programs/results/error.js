// attacks: an error as the result
// expect: result {}
export default {
  tools: {
    run: {
      async execute() {
        return new Error("not thrown");
      },
    },
  },
};
