// attacks: an interval that is never cleared while the tool waits
// expect: DEADLINE_EXCEEDED
// limits: timeout 0.3, fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        await new Promise(() => setInterval(() => {}, 1));
      },
    },
  },
};
