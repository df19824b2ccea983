// attacks: a result nested a hundred thousand deep
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED, THROWN: the engine's writer recurses and looks for cycles at each level
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let nested = {};
        for (let i = 0; i < 100000; i++) nested = { nested };
        return nested;
      },
    },
  },
};
