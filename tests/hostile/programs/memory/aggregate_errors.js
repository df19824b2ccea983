// attacks: an AggregateError of a hundred thousand errors
// expect: THROWN AggregateError
// limits: fuel 20G, memory 64M
export default {
  tools: {
    run: {
      async execute() {
        throw new AggregateError(Array.from({ length: 100000 }, () => "e"), "many");
      },
    },
  },
};
