// attacks: a typed array as the result
// expect: result {"0":1,"1":2}
export default {
  tools: {
    run: {
      async execute() {
        return new Uint8Array([1, 2]);
      },
    },
  },
};
