// attacks: a `then` getter that makes every await of the object start another one
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const chain = { get then() { return (resolve) => resolve({ get then() { return chain.then; } }); } };
        return chain;
      },
    },
  },
};
