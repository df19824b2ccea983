// attacks: one object at two places, which is no cycle
// expect: result {"a":{"x":1},"b":{"x":1}}
export default {
  tools: {
    run: {
      async execute() {
        const shared = { x: 1 };
        return { a: shared, b: shared };
      },
    },
  },
};
