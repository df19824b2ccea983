// attacks: a function that calls itself through bind
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        function again() { return again.bind(this)() + 1; }
        return again();
      },
    },
  },
};
