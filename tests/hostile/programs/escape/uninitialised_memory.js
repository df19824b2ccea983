// attacks: fresh buffers, looking for what was in memory before
// expect: result 0
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let dirty = 0;
        for (let round = 0; round < 2; round++) {
          for (const size of [16, 1024, 65536, 1 << 20]) for (const view of [new Uint8Array(size), new Uint8Array(new ArrayBuffer(size)), Buffer.allocUnsafe(size)]) if (view.some((byte) => byte !== 0)) dirty++;
        }
        return dirty;
      },
    },
  },
};
