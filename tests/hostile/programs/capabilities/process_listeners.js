// attacks: handlers for exceptions and signals of the process
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        process.on("uncaughtException", () => {});
        process.on("SIGTERM", () => {});
        throw new Error("still thrown");
      },
    },
  },
};
