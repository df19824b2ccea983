// attacks: a hundred thousand named groups
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp(Array.from({ length: 100000 }, (_, i) => `(?<g${i}>)`).join("")).test("");
      },
    },
  },
};
