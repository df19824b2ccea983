// attacks: a buffer of negative length
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return new ArrayBuffer(-1).byteLength;
      },
    },
  },
};
