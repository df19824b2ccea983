// attacks: nested awaits given to the parser
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED: the parser may take them in a loop, and then each costs fuel
export default {
  tools: {
    run: {
      async execute() {
        return new (async () => {}).constructor("await ".repeat(1e6) + "1")();
      },
    },
  },
};
