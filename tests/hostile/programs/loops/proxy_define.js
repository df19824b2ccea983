// attacks: an endless loop in the defineProperty trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        Object.defineProperty(new Proxy({}, { defineProperty() { for (;;) {} } }), "a", { value: 1 });
      },
    },
  },
};
