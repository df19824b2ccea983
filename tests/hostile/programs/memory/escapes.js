// attacks: a result whose characters all need escapes
// expect: one of MEMORY_EXCEEDED, OUTPUT_TOO_LARGE: six bytes for each character fit the memory or not
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        return "\u0001".repeat(4e6);
      },
    },
  },
};
