// attacks: joining the holes of an array of four billion items
// expect: one of FUEL_EXHAUSTED, THROWN RangeError, MEMORY_EXCEEDED: each separator costs fuel and memory
export default {
  tools: {
    run: {
      async execute() {
        return new Array(2 ** 32 - 1).join("-").length;
      },
    },
  },
};
