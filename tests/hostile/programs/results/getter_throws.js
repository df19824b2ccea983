// attacks: a getter that throws while the result is written
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        return { get bad() { throw new RangeError("not today"); } };
      },
    },
  },
};
