// attacks: generators that resume ever new generators
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        function* again() { yield again().next().value; }
        return again().next().value;
      },
    },
  },
};
