// attacks: a regular expression whose counted repeats multiply
// expect: one of THROWN, MEMORY_EXCEEDED, FUEL_EXHAUSTED, result false: a compiler may expand, refuse or count
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("(?:(?:(?:a{1000}){1000}){1000}){1000}").test("a");
      },
    },
  },
};
