// attacks: many resizable buffers that each reserve a lot
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (;;) kept.push(new ArrayBuffer(8, { maxByteLength: 1 << 24 }));
      },
    },
  },
};
