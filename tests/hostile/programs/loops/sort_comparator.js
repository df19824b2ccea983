// attacks: a sort comparator that never returns
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return [3, 1, 2].sort(() => { for (;;) {} });
      },
    },
  },
};
