// attacks: a map and a set as the result
// expect: result [{},{}]
export default {
  tools: {
    run: {
      async execute() {
        return [new Map([[1, 2]]), new Set([1])];
      },
    },
  },
};
