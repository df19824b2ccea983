// attacks: a hundred thousand named groups
// expect: one of THROWN SyntaxError, FUEL_EXHAUSTED: the engine bounds groups, but looks names up one by one
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp(Array.from({ length: 100000 }, (_, i) => `(?<g${i}>)`).join("")).test("");
      },
    },
  },
};
