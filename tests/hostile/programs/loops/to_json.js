// attacks: an endless loop in the result's toJSON
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return { toJSON() { for (;;) {} } };
      },
    },
  },
};
