// attacks: the class of bug in which a promise of the host is caught by its species
// expect: result ["CapabilityDeniedError",true]
export default {
  tools: {
    run: {
      async execute() {
        const promise = fetch("https://example.com/");
        promise.constructor = { [Symbol.species]: class { constructor(executor) { executor((x) => x, (x) => x); } } };
        try { await promise; return "granted"; } catch (error) { return [error.name, error.constructor.constructor("return globalThis")() === globalThis]; }
      },
    },
  },
};
