// attacks: a typed array whose buffer is transferred from inside its own sort
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        const view = new Uint32Array([3, 1, 2, 5, 4]);
        view.sort((a, b) => { if (view.buffer.byteLength) view.buffer.transfer(); return a - b; });
        return view.length;
      },
    },
  },
};
