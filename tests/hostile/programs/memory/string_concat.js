// attacks: a string that grows by a block at a time
// expect: one of MEMORY_EXCEEDED, THROWN InternalError: the engine's bound of strings and the memory limit are near each other
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let text = "";
        const block = "x".repeat(1 << 16);
        for (;;) text = block + text.slice(0) + block;
      },
    },
  },
};
