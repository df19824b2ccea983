// attacks: copyWithin whose argument shrinks the buffer
// expect: result 1
export default {
  tools: {
    run: {
      async execute() {
        const buffer = new ArrayBuffer(4096, { maxByteLength: 4096 });
        const view = new Uint8Array(buffer);
        view.copyWithin({ valueOf() { buffer.resize(1); return 0; } }, 2048, 4096);
        return view.length;
      },
    },
  },
};
