// attacks: filling an array of four billion items
// expect: one of FUEL_EXHAUSTED, MEMORY_EXCEEDED: each item costs fuel and memory
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return new Array(2 ** 32 - 1).fill(1).length;
      },
    },
  },
};
