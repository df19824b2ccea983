// attacks: an error with a message of many megabytes
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        throw new Error("x".repeat(4 << 20));
      },
    },
  },
};
