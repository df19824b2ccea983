// attacks: console lines without end
// expect: FUEL_EXHAUSTED
// console: "(console output exceeds its limit; the rest is omitted)"
export default {
  tools: {
    run: {
      async execute() {
        for (;;) console.error("again");
      },
    },
  },
};
