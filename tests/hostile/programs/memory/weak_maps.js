// attacks: a weak map whose keys are kept
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const weak = new WeakMap();
        const keys = [];
        for (;;) {
          const key = {};
          keys.push(key);
          weak.set(key, new Array(100).fill(key));
        }
      },
    },
  },
};
