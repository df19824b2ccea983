// attacks: an endless loop in valueOf behind a comparison
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return { valueOf() { for (;;) {} } } < 1;
      },
    },
  },
};
