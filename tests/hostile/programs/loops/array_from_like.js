// attacks: an array made from an endless array-like
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return Array.from({ length: 2 ** 53 - 1 }).length;
      },
    },
  },
};
