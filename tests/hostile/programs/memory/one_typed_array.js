// attacks: one typed array larger than all the memory
// expect: MEMORY_EXCEEDED
export default {
  tools: {
    run: {
      async execute() {
        return new Uint8Array(2 ** 31 - 1).length;
      },
    },
  },
};
