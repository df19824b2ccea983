// attacks: an endless loop inside eval
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return (0, eval)("for (;;) {}");
      },
    },
  },
};
