// attacks: a comparator that sorts
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const compare = (a, b) => [a, b].sort(compare).length;
        return [2, 1].sort(compare);
      },
    },
  },
};
