// attacks: console lines without end
// expect: FUEL_EXHAUSTED
// console: "(console output is over its limit; the rest is left out)"
export default {
  tools: {
    run: {
      async execute() {
        for (;;) console.error("again");
      },
    },
  },
};
