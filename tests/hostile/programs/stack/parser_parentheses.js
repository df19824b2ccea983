// attacks: a million opening parentheses given to the parser
// expect: STACK_OVERFLOW RangeError
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        return eval("(".repeat(1e6) + "1" + ")".repeat(1e6));
      },
    },
  },
};
