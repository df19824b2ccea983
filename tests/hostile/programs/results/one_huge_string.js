// attacks: a result larger than a result may be
// expect: OUTPUT_TOO_LARGE
export default {
  tools: {
    run: {
      async execute() {
        return "x".repeat(2 << 20);
      },
    },
  },
};
