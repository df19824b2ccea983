// attacks: ending the process, again and again
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        for (;;) try { process.exit(1); } catch {}
      },
    },
  },
};
