// attacks: promises that wait for one that never settles
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const never = new Promise(() => {});
        for (;;) never.then(() => 1);
      },
    },
  },
};
