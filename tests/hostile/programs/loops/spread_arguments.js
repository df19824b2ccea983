// attacks: spreading an endless iterator into arguments
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        return Math.max(...(function* () { for (;;) yield 1; })());
      },
    },
  },
};
