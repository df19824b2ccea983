// attacks: a date and an invalid date as the result
// expect: result ["1970-01-01T00:00:00.000Z",null]
export default {
  tools: {
    run: {
      async execute() {
        return [new Date(0), new Date(NaN)];
      },
    },
  },
};
