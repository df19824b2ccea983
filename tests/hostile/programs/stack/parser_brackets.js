// attacks: a million opening brackets given to the parser
// expect: STACK_OVERFLOW RangeError
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        return eval("[".repeat(1e6));
      },
    },
  },
};
