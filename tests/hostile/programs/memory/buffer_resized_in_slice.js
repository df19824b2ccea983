// attacks: a buffer resized from inside the species constructor of slice
// expect: one of THROWN TypeError, result 4: which check comes first is the engine's choice; no byte may come from outside
export default {
  tools: {
    run: {
      async execute() {
        class Sneaky extends Uint8Array {
          static get [Symbol.species]() { buffer.resize(4); return Uint8Array; }
        }
        const buffer = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 16 });
        const copy = new Sneaky(buffer).slice(0, 4);
        if (copy.some((byte) => byte !== 0)) return "leaked";
        return copy.length;
      },
    },
  },
};
