// attacks: a do loop whose condition stays true
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        do {} while (1);
      },
    },
  },
};
