// attacks: an endless loop in Symbol.toPrimitive
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return `${{ [Symbol.toPrimitive]() { for (;;) {} } }}`;
      },
    },
  },
};
