// attacks: a console line of an error whose cause, errors and stack are hostile
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        const error = new AggregateError([1, new Proxy({}, { get() { throw 1; } })], "many");
        Object.defineProperty(error, "stack", { value: { toString() { throw 1; } } });
        error.cause = error;
        console.error(error);
        return "shown";
      },
    },
  },
};
