// attacks: an endless loop in the apply trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy(() => 1, { apply() { for (;;) {} } })();
      },
    },
  },
};
