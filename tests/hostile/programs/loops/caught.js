// attacks: an endless loop whose try tries to catch the limit
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        for (;;) {
          try {
            for (;;) {}
          } catch {
            continue;
          } finally {
            for (;;) {}
          }
        }
      },
    },
  },
};
