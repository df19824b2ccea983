// attacks: a result whose toJSON makes a deeper object each time
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const deeper = () => ({ toJSON: () => ({ next: deeper() }) });
        return deeper();
      },
    },
  },
};
