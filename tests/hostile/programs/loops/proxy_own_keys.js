// attacks: an endless loop in the ownKeys trap of a proxy that is the result
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy({}, { ownKeys() { for (;;) {} } });
      },
    },
  },
};
