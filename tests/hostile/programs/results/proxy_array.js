// attacks: a proxied array that claims four billion items
// expect: one of FUEL_EXHAUSTED, OUTPUT_TOO_LARGE, MEMORY_EXCEEDED: each claimed item costs text
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy([], { get: (target, key) => (key === "length" ? 2 ** 32 - 1 : key === "toJSON" || key === "then" ? undefined : 1) });
      },
    },
  },
};
