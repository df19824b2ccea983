// attacks: every match of a long text kept
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        return [..."ab".repeat(1 << 20).matchAll(/(a)|(b)/g)].length;
      },
    },
  },
};
