// attacks: subarrays at offsets near the largest integers
// expect: result [0,0,0]
export default {
  tools: {
    run: {
      async execute() {
        const view = new Uint8Array(16);
        return [view.subarray(2 ** 53, 2 ** 53), view.subarray(-(2 ** 53), -17), view.subarray(16, 2 ** 32)].map((part) => part.length);
      },
    },
  },
};
