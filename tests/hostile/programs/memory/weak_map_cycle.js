// attacks: a weak map whose values hold their own keys
// expect: FUEL_EXHAUSTED
// limits: fuel 6G
export default {
  tools: {
    run: {
      async execute() {
        const weak = new WeakMap();
        for (;;) {
          const key = {};
          weak.set(key, { key });
        }
      },
    },
  },
};
