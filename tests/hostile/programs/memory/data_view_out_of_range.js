// attacks: reads and writes behind a buffer's end through a DataView
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        const view = new DataView(new ArrayBuffer(8));
        view.setFloat64(2 ** 32 - 4, 1);
        return view.getUint32(2 ** 31);
      },
    },
  },
};
