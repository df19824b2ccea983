// attacks: the internals behind process.binding
// expect: THROWN NotAvailableError
export default {
  tools: {
    run: {
      async execute() {
        process.binding("spawn_sync");
      },
    },
  },
};
