// attacks: flattening an array that contains itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const items = [1];
        items.push(items);
        return items.flat(Infinity).length;
      },
    },
  },
};
