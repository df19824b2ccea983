// attacks: a regular expression whose counted repeats multiply
// expect: result false
export default {
  tools: {
    run: {
      async execute() {
        return new RegExp("(?:(?:(?:a{1000}){1000}){1000}){1000}").test("a");
      },
    },
  },
};
