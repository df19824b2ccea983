// attacks: a proxied result whose `then` loops while the host awaits it
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy({}, { get(target, key) { if (key === "then") for (;;) {} } });
      },
    },
  },
};
