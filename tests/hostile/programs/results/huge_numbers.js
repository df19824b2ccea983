// attacks: numbers beyond what a double can count
// expect: result [1.7976931348623157e+308,5e-324,9007199254740992]
export default {
  tools: {
    run: {
      async execute() {
        return [Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53];
      },
    },
  },
};
