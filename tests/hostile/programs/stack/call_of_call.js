// attacks: Function.prototype.call called through itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = () => Function.prototype.call.call.call(again) + 1;
        return again();
      },
    },
  },
};
