// attacks: a while loop whose condition stays true
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        while (true);
      },
    },
  },
};
