// attacks: an error with a name of a megabyte
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("named");
        error.name = "N".repeat(1 << 20);
        throw error;
      },
    },
  },
};
