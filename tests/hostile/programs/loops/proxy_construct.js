// attacks: an endless loop in the construct trap of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new (new Proxy(class {}, { construct() { for (;;) {} } }))();
      },
    },
  },
};
