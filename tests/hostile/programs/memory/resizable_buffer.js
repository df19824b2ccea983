// attacks: a resizable buffer that is resized up to its maximum
// expect: MEMORY_EXCEEDED
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
