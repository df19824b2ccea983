// attacks: an endless loop in the setPrototypeOf trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        Object.setPrototypeOf(new Proxy({}, { setPrototypeOf() { for (;;) {} } }), null);
      },
    },
  },
};
