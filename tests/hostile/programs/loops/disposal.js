// attacks: nested finally blocks that run for ever on return
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const spin = () => { try { return 1; } finally { for (;;) {} } };
        return spin();
      },
    },
  },
};
