// attacks: an error whose cause is another refusal each time that it is read
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("ordinary");
        let reads = 0;
        Object.defineProperty(error, "cause", { get: () => ({ message: `cause ${reads++}`, cause: error }) });
        throw error;
      },
    },
  },
};
