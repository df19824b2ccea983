// attacks: allocations that fail, are caught and tried again without end
// expect: MEMORY_EXCEEDED
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
