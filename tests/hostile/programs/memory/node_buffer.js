// attacks: a node Buffer larger than the memory
// expect: one of MEMORY_EXCEEDED, THROWN RangeError: the shim refuses some sizes itself
export default {
  tools: {
    run: {
      async execute() {
        return Buffer.alloc(1 << 30, "x").length;
      },
    },
  },
};
