// attacks: a custom inspect function that is given the formatter's parts
// expect: result ["number","object","function"]
export default {
  tools: {
    run: {
      async execute(input, options) {
        let given = [];
        console.log({ [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) { given = [typeof depth, typeof options, typeof inspect]; return "custom"; } });
        return given;
      },
    },
  },
};
