// attacks: text that breaks out of the body that the Function constructor builds
// expect: THROWN NotAvailableError
export default {
  tools: {
    run: {
      async execute() {
        return new Function("}), process.exit(1), (function () {")();
      },
    },
  },
};
