// attacks: an endless iterator given to the Map constructor
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return new Map({ *[Symbol.iterator]() { for (;;) yield [1, 1]; } }).size;
      },
    },
  },
};
