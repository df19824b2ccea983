// attacks: finalizers that would run after the tool has returned
// expect: result "done"
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
