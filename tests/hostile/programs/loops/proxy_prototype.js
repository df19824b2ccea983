// attacks: an endless loop in the getPrototypeOf trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy({}, { getPrototypeOf() { for (;;) {} } }) instanceof Object;
      },
    },
  },
};
