// attacks: an endless loop in the deleteProperty trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        delete new Proxy({ a: 1 }, { deleteProperty() { for (;;) {} } }).a;
      },
    },
  },
};
