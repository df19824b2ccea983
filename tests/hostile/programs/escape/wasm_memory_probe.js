// attacks: typed arrays over buffers at every odd size, looking for bytes of the engine's own heap
// expect: result true
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        for (let size = 0; size < 300; size++) {
          const buffer = new ArrayBuffer(size, { maxByteLength: size + 64 });
          buffer.resize(size + 64);
          if (new Uint8Array(buffer).some((byte) => byte !== 0)) return false;
          buffer.resize(1);
          buffer.resize(size + 64);
          if (new Uint8Array(buffer).some((byte) => byte !== 0)) return false;
        }
        return true;
      },
    },
  },
};
