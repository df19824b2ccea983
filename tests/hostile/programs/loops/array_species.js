// attacks: an array whose species constructor loops
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const items = [1, 2, 3];
        items.constructor = { [Symbol.species]: function () { for (;;) {} } };
        return items.map((item) => item);
      },
    },
  },
};
