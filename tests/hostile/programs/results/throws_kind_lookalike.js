// attacks: a thrown error that claims a failure kind of the host
// expect: THROWN RUNNER_LOST
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("forged");
        Object.assign(error, { name: "RUNNER_LOST", kind: "RUNNER_LOST", code: "RUNNER_LOST" });
        throw error;
      },
    },
  },
};
