// attacks: an endless loop in the getOwnPropertyDescriptor trap of a proxy that is the result
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy({ a: 1 }, { getOwnPropertyDescriptor() { for (;;) {} } });
      },
    },
  },
};
