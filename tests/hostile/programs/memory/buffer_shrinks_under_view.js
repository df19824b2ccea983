// attacks: a view on a buffer that shrinks while it is being filled
// expect: result [0,0]
export default {
  tools: {
    run: {
      async execute() {
        const buffer = new ArrayBuffer(1024, { maxByteLength: 4096 });
        const view = new Uint8Array(buffer);
        view.fill({ valueOf() { buffer.resize(0); return 7; } });
        buffer.resize(2);
        return [...view];
      },
    },
  },
};
