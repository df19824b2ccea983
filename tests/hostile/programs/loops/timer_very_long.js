// attacks: a timer of weeks
// expect: DEADLINE_EXCEEDED
// limits: timeout 0.2
export default {
  tools: {
    run: {
      async execute() {
        await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
      },
    },
  },
};
