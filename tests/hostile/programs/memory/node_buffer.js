// attacks: a node Buffer larger than the memory
// expect: MEMORY_EXCEEDED
export default {
  tools: {
    run: {
      async execute() {
        return Buffer.alloc(1 << 30, "x").length;
      },
    },
  },
};
