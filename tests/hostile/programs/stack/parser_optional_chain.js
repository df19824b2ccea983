// attacks: an optional chain of twenty thousand links
// expect: one of STACK_OVERFLOW, THROWN, FUEL_EXHAUSTED: reading a long chain may recurse or not
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return eval("globalThis" + "?.self".repeat(20000)).missing.missing;
      },
    },
  },
};
