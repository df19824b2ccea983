// attacks: a resizable buffer that is resized up to its maximum
// expect: one of MEMORY_EXCEEDED, THROWN RangeError: the engine may reserve the maximum at once or grow on demand
export default {
  tools: {
    run: {
      async execute() {
        const buffer = new ArrayBuffer(1, { maxByteLength: 2 ** 30 });
        for (let size = 1; ; size *= 2) buffer.resize(size);
      },
    },
  },
};
