// attacks: a string literal of many megabytes given to eval
// expect: one of MEMORY_EXCEEDED, result 12000000: the text is held several times over
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return eval(`"${"y".repeat(12000000)}"`).length;
      },
    },
  },
};
