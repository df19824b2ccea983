// attacks: a result whose characters fit the limit and whose bytes do not
// expect: OUTPUT_TOO_LARGE
// limits: output 1K
export default {
  tools: {
    run: {
      async execute() {
        return "\u20ac".repeat(400);
      },
    },
  },
};
