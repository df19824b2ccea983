// attacks: a buffer transferred to ever larger ones
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let buffer = new ArrayBuffer(1024);
        for (;;) buffer = buffer.transfer(buffer.byteLength * 2);
      },
    },
  },
};
