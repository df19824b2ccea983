// attacks: a hundred thousand thenables, one inside the other
// expect: result "end"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let value = "end";
        for (let i = 0; i < 100000; i++) {
          const inner = value;
          value = { then(resolve) { resolve(inner); } };
        }
        return value;
      },
    },
  },
};
