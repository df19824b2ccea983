// attacks: a string that doubles itself for ever
// expect: one of THROWN InternalError, MEMORY_EXCEEDED: the engine's bound of strings and the memory limit are near each other
export default {
  tools: {
    run: {
      async execute() {
        let text = "x";
        for (;;) text += text;
      },
    },
  },
};
