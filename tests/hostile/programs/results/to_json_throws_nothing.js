// attacks: a toJSON that throws undefined
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        return { toJSON() { throw undefined; } };
      },
    },
  },
};
