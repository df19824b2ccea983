// attacks: an endless loop in Symbol.hasInstance
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return 1 instanceof { [Symbol.hasInstance]() { for (;;) {} } };
      },
    },
  },
};
