// attacks: the iterator of arrays replaced before an error is thrown
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        Array.prototype[Symbol.iterator] = () => { throw new Error("no iteration"); };
        throw new TypeError("true reason");
      },
    },
  },
};
