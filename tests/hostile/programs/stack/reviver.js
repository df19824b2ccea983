// attacks: a reviver that parses
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = () => JSON.parse("[1]", again);
        return again();
      },
    },
  },
};
