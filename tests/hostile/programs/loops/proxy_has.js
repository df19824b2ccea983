// attacks: an endless loop in the has trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return "key" in new Proxy({}, { has() { for (;;) {} } });
      },
    },
  },
};
