// attacks: a function as the result
// expect: result null
export default {
  tools: {
    run: {
      async execute() {
        return () => "called";
      },
    },
  },
};
