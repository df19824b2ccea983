// attacks: a typed array whose buffer is transferred from inside TypedArray.set
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        const view = new Uint8Array(1 << 16);
        view.set([1, { valueOf() { view.buffer.transfer(0); return 2; } }, 3]);
        return view.length;
      },
    },
  },
};
