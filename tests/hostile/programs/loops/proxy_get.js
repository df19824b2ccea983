// attacks: an endless loop in the get trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy({}, { get() { for (;;) {} } }).anything;
      },
    },
  },
};
