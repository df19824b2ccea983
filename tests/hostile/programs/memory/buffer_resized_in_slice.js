// attacks: a buffer resized from inside the species constructor of slice
// expect: result 4
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
