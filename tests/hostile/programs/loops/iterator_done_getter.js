// attacks: an iterator result whose `done` loops
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const result = { get done() { for (;;) {} } };
        for (const item of { [Symbol.iterator]: () => ({ next: () => result }) }) return item;
      },
    },
  },
};
