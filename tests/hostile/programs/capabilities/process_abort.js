// attacks: aborting the process
// expect: THROWN NotAvailableError
export default {
  tools: {
    run: {
      async execute() {
        process.abort();
      },
    },
  },
};
