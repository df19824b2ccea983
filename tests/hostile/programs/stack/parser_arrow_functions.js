// attacks: a hundred thousand nested arrow functions given to the parser
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED, MEMORY_EXCEEDED: each level is looked at again to tell an arrow function from parentheses
export default {
  tools: {
    run: {
      async execute() {
        return typeof eval("a=>".repeat(100000) + "1");
      },
    },
  },
};
