// attacks: a JSON replacer that always has one more level
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return JSON.stringify({ a: 1 }, (key, value) => ({ key, more: value }));
      },
    },
  },
};
