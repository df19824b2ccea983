// attacks: RangeError made to claim every error, before an ordinary one with the overflow's message
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        Object.defineProperty(RangeError, Symbol.hasInstance, { value: () => true });
        throw new Error("Maximum call stack size exceeded");
      },
    },
  },
};
