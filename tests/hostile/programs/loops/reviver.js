// attacks: a JSON reviver that never returns
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return JSON.parse('{"a":[1,2,3]}', () => { for (;;) {} });
      },
    },
  },
};
