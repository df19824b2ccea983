// attacks: a result one byte over the limit of the call
// expect: OUTPUT_TOO_LARGE
// limits: output 1K
export default {
  tools: {
    run: {
      async execute() {
        return "x".repeat(1023);
      },
    },
  },
};
