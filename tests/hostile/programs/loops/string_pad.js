// attacks: a string padded to the largest integer
// expect: one of THROWN RangeError, MEMORY_EXCEEDED: the engine's bound of strings and the memory limit are near each other
export default {
  tools: {
    run: {
      async execute() {
        return "".padStart(2 ** 53 - 1, "ab").length;
      },
    },
  },
};
