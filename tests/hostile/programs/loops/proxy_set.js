// attacks: an endless loop in the set trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        new Proxy({}, { set() { for (;;) {} } }).anything = 1;
      },
    },
  },
};
