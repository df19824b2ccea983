// attacks: an array whose every index is made real
// expect: one of MEMORY_EXCEEDED, FUEL_EXHAUSTED: the items are written one by one
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const items = [];
        items.length = 2 ** 31;
        for (let i = items.length - 1; ; i--) items[i] = i;
      },
    },
  },
};
