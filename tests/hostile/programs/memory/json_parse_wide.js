// attacks: JSON text with millions of small values
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        return JSON.parse(`[${"[],".repeat(2e6)}0]`).length;
      },
    },
  },
};
