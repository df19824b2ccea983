// attacks: a thenable that resolves twice and then rejects
// expect: result "first"
export default {
  tools: {
    run: {
      async execute() {
        return { then(resolve, reject) { resolve("first"); resolve("second"); reject(new Error("third")); } };
      },
    },
  },
};
