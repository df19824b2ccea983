// attacks: a hundred thousand different imports
// expect: one of result "done", MEMORY_EXCEEDED, FUEL_EXHAUSTED: each import is kept, at the program's own cost
// limits: fuel 2G
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; i < 100000; i++) await import(`package-${i}`).catch(() => {});
        return "done";
      },
    },
  },
};
