// attacks: text that breaks out of the body that the Function constructor builds
// expect: one of THROWN SyntaxError, THROWN NotAvailableError: the engine does not parse the body by itself, but what breaks out is no more than the program's own code
export default {
  tools: {
    run: {
      async execute() {
        return new Function("}), process.exit(1), (function () {")();
      },
    },
  },
};
