// attacks: numbers made iterable without end
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        Number.prototype[Symbol.iterator] = function* () { for (;;) yield this; };
        for (const n of 1) if (n === 2) return n;
      },
    },
  },
};
