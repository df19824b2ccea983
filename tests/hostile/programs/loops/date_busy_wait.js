// attacks: waiting for a clock that stands still
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const end = Date.now() + 10;
        while (Date.now() < end) {}
        return "moved";
      },
    },
  },
};
