// attacks: destructuring the rest of an endless iterator
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const [first, ...rest] = (function* () { for (;;) yield 1; })();
        return first + rest.length;
      },
    },
  },
};
