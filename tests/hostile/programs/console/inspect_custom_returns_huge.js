// attacks: a custom inspect function that returns many megabytes
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log({ [Symbol.for("nodejs.util.inspect.custom")]: () => "x".repeat(16 << 20) });
        return "shown";
      },
    },
  },
};
