// attacks: an endless loop in the isExtensible and preventExtensions traps of a proxy
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const spin = () => { for (;;) {} };
        Object.freeze(new Proxy({}, { isExtensible: spin, preventExtensions: spin }));
      },
    },
  },
};
