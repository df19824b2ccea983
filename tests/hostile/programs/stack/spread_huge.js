// attacks: a call with three million spread arguments
// expect: one of STACK_OVERFLOW, THROWN RangeError, MEMORY_EXCEEDED: the engine bounds arguments by count and by stack
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return Math.max(...new Array(3e6).fill(1));
      },
    },
  },
};
