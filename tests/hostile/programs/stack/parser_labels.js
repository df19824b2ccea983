// attacks: a hundred thousand labels on one statement
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED: each label is compared with those around it
export default {
  tools: {
    run: {
      async execute() {
        return eval(Array.from({ length: 100000 }, (_, i) => `l${i}:`).join("") + ";");
      },
    },
  },
};
