// attacks: arrays in arrays in arrays
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let all = [];
        for (;;) all = [all, new Array(1000).fill(0)];
      },
    },
  },
};
