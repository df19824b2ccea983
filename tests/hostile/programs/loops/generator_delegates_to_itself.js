// attacks: a generator that yields from itself without end
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED, MEMORY_EXCEEDED: each level of delegation costs native stack, heap and instructions
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        function* deeper() { yield* deeper(); }
        return [...deeper()].length;
      },
    },
  },
};
