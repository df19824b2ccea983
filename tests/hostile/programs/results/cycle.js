// attacks: a result that contains itself
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        const cycle = { a: 1 };
        cycle.self = cycle;
        return cycle;
      },
    },
  },
};
