// attacks: a BigInt shifted by more bits than there is memory
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return String(1n << 100000000000n).length;
      },
    },
  },
};
