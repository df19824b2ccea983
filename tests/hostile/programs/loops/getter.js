// attacks: an endless loop in a getter
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const trap = { get value() { for (;;) {} } };
        return trap.value;
      },
    },
  },
};
