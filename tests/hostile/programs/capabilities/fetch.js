// attacks: fetch without a grant
// expect: CAPABILITY_DENIED CapabilityDeniedError
export default {
  tools: {
    run: {
      async execute() {
        return (await fetch("https://example.com/")).status;
      },
    },
  },
};
