// attacks: fetch of an object whose url is a getter that throws
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        await fetch({ get url() { throw new EvalError("no url"); } });
      },
    },
  },
};
