// attacks: the iterator of arrays replaced by one that throws
// expect: result [1,2,3]
export default {
  tools: {
    run: {
      async execute() {
        Array.prototype[Symbol.iterator] = () => { throw new Error("no iteration"); };
        return [1, 2, 3];
      },
    },
  },
};
