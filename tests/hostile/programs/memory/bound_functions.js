// attacks: a function bound a million times over
// expect: one of STACK_OVERFLOW, MEMORY_EXCEEDED: each bind keeps memory, the call needs the stack
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let bound = () => 1;
        for (let i = 0; i < 200000; i++) bound = bound.bind(null);
        return bound();
      },
    },
  },
};
