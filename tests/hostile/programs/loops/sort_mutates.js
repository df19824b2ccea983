// attacks: a comparator that grows the array that is being sorted
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const items = [3, 2, 1];
        for (;;) {
          items.sort((a, b) => { items.push(0); return a - b; });
          items.length = 3;
        }
      },
    },
  },
};
