// attacks: Symbol.hasInstance of Error replaced before an error is thrown
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        Object.defineProperty(Error, Symbol.hasInstance, { value: () => { throw new Error("forged"); } });
        Object.defineProperty(RangeError, Symbol.hasInstance, { value: () => true });
        throw new TypeError("true reason");
      },
    },
  },
};
