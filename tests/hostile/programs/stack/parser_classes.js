// attacks: nested class expressions given to the parser
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED, MEMORY_EXCEEDED: each level holds a class being compiled
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return typeof eval("(class extends ".repeat(100000));
      },
    },
  },
};
