// attacks: a plain generator as the result
// expect: result {}
export default {
  tools: {
    run: {
      execute() {
        return (function* () { yield 1; })();
      },
    },
  },
};
