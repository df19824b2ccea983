// attacks: walking the holes of the longest array
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const items = [];
        items[2 ** 32 - 2] = 1;
        let count = 0;
        items.forEach(() => count++);
        return count;
      },
    },
  },
};
