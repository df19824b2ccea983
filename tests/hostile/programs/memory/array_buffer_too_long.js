// attacks: a buffer longer than a buffer may be
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return new ArrayBuffer(2 ** 53).byteLength;
      },
    },
  },
};
