// attacks: a string padded to the largest integer
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        return "".padStart(2 ** 53 - 1, "ab").length;
      },
    },
  },
};
