// attacks: backtracking from inside replaceAll, whose callback loops as well
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return "aaaa".replace(/a/g, () => { for (;;) {} });
      },
    },
  },
};
