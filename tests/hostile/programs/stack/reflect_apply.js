// attacks: recursion through Reflect.apply and Reflect.construct
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        function Again() { return Reflect.construct(Again, []); }
        return Reflect.apply(Again, null, []);
      },
    },
  },
};
