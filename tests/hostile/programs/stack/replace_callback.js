// attacks: a replacer that replaces
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = () => "a".replace(/a/, again);
        return again();
      },
    },
  },
};
