// attacks: a thrown error that only has the name of a refusal
// expect: THROWN CapabilityDeniedError
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("fetch to example.com was not granted");
        error.name = "CapabilityDeniedError";
        throw error;
      },
    },
  },
};
