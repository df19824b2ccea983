// attacks: allocations that fail, are caught and tried again until the fuel is gone
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        let failures = 0;
        for (;;) {
          try {
            new Uint8Array(2 ** 31 - 1);
          } catch {
            failures++;
          }
        }
      },
    },
  },
};
