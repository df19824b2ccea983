// attacks: a DataView of fixed length whose buffer has shrunk
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        const buffer = new ArrayBuffer(64, { maxByteLength: 64 });
        const view = new DataView(buffer, 32, 16);
        buffer.resize(8);
        return view.getInt8(0);
      },
    },
  },
};
