// attacks: nested awaits given to the parser
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new (async () => {}).constructor("await ".repeat(1e6) + "1")();
      },
    },
  },
};
