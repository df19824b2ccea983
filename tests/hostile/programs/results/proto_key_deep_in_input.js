// attacks: a __proto__ key deep in the input, spread and merged by the tool
// expect: result [true,false]
// input: {"a": [{"__proto__": {"polluted": true}}]}
export default {
  tools: {
    run: {
      async execute(input) {
        const merged = { ...input.a[0] };
        return [Object.hasOwn(merged, "__proto__"), "polluted" in {}];
      },
    },
  },
};
