// attacks: blobs made of blobs
// expect: one of MEMORY_EXCEEDED, THROWN: the engine may refuse the length before the memory is gone
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let blob = new Blob(["x".repeat(1 << 16)]);
        for (;;) blob = new Blob([blob, blob]);
      },
    },
  },
};
