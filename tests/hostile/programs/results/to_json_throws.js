// attacks: a toJSON that throws what is no error
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        return { toJSON() { throw "just text"; } };
      },
    },
  },
};
