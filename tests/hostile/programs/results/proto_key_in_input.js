// attacks: __proto__ and constructor keys in the input
// expect: result [false,true,"undefined"]
// input: {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}
export default {
  tools: {
    run: {
      async execute(input) {
        return ["polluted" in {}, Object.hasOwn(input, "__proto__"), typeof {}.polluted];
      },
    },
  },
};
