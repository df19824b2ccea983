// attacks: recursion with a thousand rest arguments a call, which are arrays on the heap
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const down = (...items) => down(...items) + 1;
        return down(...new Array(1000).fill(1));
      },
    },
  },
};
