// attacks: an error that is its own cause
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("round");
        error.cause = error;
        throw error;
      },
    },
  },
};
