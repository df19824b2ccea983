// attacks: a hundred thousand labels on one statement
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        return eval(Array.from({ length: 100000 }, (_, i) => `l${i}:`).join("") + ";");
      },
    },
  },
};
