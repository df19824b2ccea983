// attacks: finalizers that loop as soon as their targets are gone
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const registry = new FinalizationRegistry(() => { for (;;) {} });
        for (let i = 0; i < 1000; i++) registry.register({ i }, i);
        return "done";
      },
    },
  },
};
