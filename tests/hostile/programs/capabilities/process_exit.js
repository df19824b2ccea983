// attacks: ending the process
// expect: THROWN NotAvailableError
export default {
  tools: {
    run: {
      async execute() {
        process.exit(0);
      },
    },
  },
};
