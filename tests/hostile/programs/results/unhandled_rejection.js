// attacks: a rejection that nobody handles, behind a promise that never settles
// expect: NEVER_SETTLED
export default {
  tools: {
    run: {
      async execute() {
        Promise.reject(new Error("nobody listens"));
        await new Promise(() => {});
      },
    },
  },
};
