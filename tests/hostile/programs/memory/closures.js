// attacks: closures that hold each other
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let chain = () => 0;
        for (;;) {
          const before = chain;
          const data = new Array(10).fill(before);
          chain = () => before() + data.length;
        }
      },
    },
  },
};
