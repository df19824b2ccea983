// attacks: a custom inspect function that throws
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no"); } });
        return "shown";
      },
    },
  },
};
