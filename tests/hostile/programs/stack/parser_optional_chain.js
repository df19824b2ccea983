// attacks: an optional chain of twenty thousand links
// expect: THROWN TypeError
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
